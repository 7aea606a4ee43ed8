"""Calls of fused kernels that were lowered before: the same calls, on other tensors.

A graph has many equal kernels: those of its layers, and one per parameter in an optimizer. Another
batch size changes only some of them. Kernels that differ only in their tensors, not in extents or
attributes, have the same calls.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import is_viewed
from chainrule.compile.gates.lowerings import attributes_of
from chainrule.compile.gates.strided_copies import slice_strides
from chainrule.compile.lower.kernel_calls import (
    Address,
    Arguments,
    KernelCall,
    RangeFlag,
    Scratch,
    Units,
)
from chainrule.graph import Constant, Tensor

Numbers = Mapping[Tensor, int]
_Block = Tensor | Scratch | RangeFlag


@dataclass(frozen=True)
class _Flag:
    """A range flag, with the numbers of its tensors."""

    name: str
    ids: int
    table: int
    size: int


@dataclass(frozen=True)
class _Call:
    """A call, with positions in a list of arguments in place of the arguments."""

    text: str
    arguments: int
    second: int | None
    written: tuple[int, ...] | None
    units: Units | None
    whole: int
    other: int


@dataclass
class KnownCalls:
    """The calls of a fused kernel without its tensors.

    blocks     the blocks of memory: a tensor by its number, scratch memory, or a flag
    places     the addresses: the position of the block, offset and bytes
    numbers    the arguments that are numbers
    arguments  lists of arguments: positions in the joined list of places and numbers
    calls      the calls
    """

    blocks: list[int | Scratch | _Flag] = field(default_factory=list)
    places: list[tuple[int, int, int | None]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    arguments: list[tuple[int, ...]] = field(default_factory=list)
    calls: list[_Call] = field(default_factory=list)

    def on(self, tensors: Sequence[Tensor]) -> Iterator[KernelCall]:
        """Yield the calls on other tensors, with scratch memory and flags of their own."""
        blocks = [_block(each, tensors) for each in self.blocks]
        given: list[Address | int] = [
            Address(blocks[of], offset, size) for of, offset, size in self.places
        ]
        given += self.numbers
        lists = [tuple([given[at] for at in each]) for each in self.arguments]
        for each in self.calls:
            units = each.units
            yield KernelCall(
                each.text,
                lists[each.arguments],
                None if each.second is None else lists[each.second],
                written=each.written,
                units=None
                if units is None
                else Units(
                    units.count,
                    units.position,
                    lists[each.whole],
                    lists[each.other],
                    units.steps,
                    units.starts,
                    units.moves,
                    units.range,
                ),
            )


def _block(block: int | Scratch | _Flag, tensors: Sequence[Tensor]) -> _Block:
    """Return a block for other tensors."""
    if isinstance(block, int):
        return tensors[block]
    if isinstance(block, Scratch):
        return Scratch(block.nbytes)
    return RangeFlag(block.name, tensors[block.ids], tensors[block.table], block.size)


def without_tensors(calls: Iterable[KernelCall], numbers: Numbers) -> KnownCalls:
    """Return the calls of a fused kernel without its tensors.

    numbers  a number for every tensor of the kernel
    """
    return _Abstraction(numbers).of(calls)


class _Abstraction:
    """Replaces the arguments of calls by positions."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._known = KnownCalls()
        self._blocks: dict[int, int] = {}
        self._places: dict[tuple[int, int, int | None], int] = {}
        self._lists: dict[tuple[int, ...], int] = {}
        self._positions: dict[int, int] = {}

    def of(self, calls: Iterable[KernelCall]) -> KnownCalls:
        """Return calls without their tensors."""
        calls = list(calls)
        for call in calls:
            for each in call.addresses:
                self._place(each)
        self._known.calls += map(self._call, calls)
        return self._known

    def _call(self, call: KernelCall) -> _Call:
        units = call.units
        return _Call(
            call.text,
            self._list(call.arguments),
            None if call.second is None else self._list(call.second),
            call.written,
            None if units is None else _bare(units),
            0 if units is None else self._list(units.whole),
            0 if units is None else self._list(units.other),
        )

    def _list(self, arguments: Arguments) -> int:
        """Return the position of a list of arguments, each list once."""
        known = self._known
        at = tuple(
            self._place(each) if isinstance(each, Address) else self._number(each)
            for each in arguments
        )
        if at not in self._lists:
            self._lists[at] = len(known.arguments)
            known.arguments.append(at)
        return self._lists[at]

    def _number(self, number: int) -> int:
        """Return the position of a number, after all places; each number once."""
        if number not in self._positions:
            self._positions[number] = len(self._known.places) + len(self._known.numbers)
            self._known.numbers.append(number)
        return self._positions[number]

    def _place(self, address: Address) -> int:
        """Return the position of an address, each address once."""
        key = (self._block(address.of), address.offset, address.nbytes)
        if key not in self._places:
            self._places[key] = len(self._known.places)
            self._known.places.append(key)
        return self._places[key]

    def _block(self, block: _Block) -> int:
        """Return the position of a block, each block once."""
        if id(block) not in self._blocks:
            self._blocks[id(block)] = len(self._known.blocks)
            self._known.blocks.append(self._bare_block(block))
        return self._blocks[id(block)]

    def _bare_block(self, block: _Block) -> int | Scratch | _Flag:
        """Return a block without its tensors."""
        if isinstance(block, RangeFlag):
            ids, table = self._numbers[block.ids], self._numbers[block.table]
            return _Flag(block.name, ids, table, block.size)
        return Scratch(block.nbytes) if isinstance(block, Scratch) else self._numbers[block]


def _bare(units: Units) -> Units:
    """Return units without arguments."""
    return Units(
        units.count, units.position, (), (), units.steps, units.starts, units.moves, units.range
    )


# -- what calls depend on --------------------------------------------------------------------------


def exact_key(fused: FusedKernel, numbers: Numbers) -> Hashable:
    """Return everything that the calls of a fused kernel depend on, but for its tensors."""
    inside = fused.roles
    return (
        fused.shape,
        fused.split,
        tuple([_leaf(each) for each in numbers if each not in inside]),
        tuple([_gate(node, numbers) for node in fused.nodes]),
        () if fused.is_plain else tuple(_views(fused, numbers)),
        tuple([numbers[each] for each in fused.outputs]),
        tuple([(numbers[node], numbers[held]) for node, held in fused.in_place.items()]),
        fused.update and (numbers[fused.update.ids], numbers[fused.update.keep]),
        tuple(
            [
                (numbers[node], numbers[part.whole], part.strides, part.start)
                for node, part in fused.joined.items()
            ]
        ),
    )


def _gate(node: Tensor, numbers: Numbers) -> Hashable:
    """Return what the calls depend on for a gate of the kernel."""
    of = node.inputs
    key = (node.primitive, node.shape, node.dtype, attributes_of(node))
    return (*key, *[numbers[each] for each in of])


def _leaf(tensor: Tensor) -> Hashable:
    """Return what the calls depend on for a tensor from outside; small constants are literals."""
    if isinstance(tensor, Constant) and tensor.size == 1:
        return tensor.shape, tensor.dtype, tensor.read().tobytes()
    return tensor.shape, tensor.dtype


def _views(fused: FusedKernel, numbers: Numbers) -> Iterator[Hashable]:
    """Yield the slices that the gates read in place: who reads what, and their strides."""
    for node in fused.nodes:
        for each in node.inputs:
            if is_viewed(each, node):
                yield numbers[node], numbers[each], numbers[each.inputs[0]], slice_strides(each)
