"""Calls of kernels, whose arguments are addresses in blocks of memory, and numbers.

A block is the memory of a tensor or scratch memory. Its place in the arena is known only after the
plan, so that an address is a block and an offset in bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeGuard

from chainrule.compile.kernels.small_kernels import fill_text
from chainrule.compile.kernels.templates import output_nbytes
from chainrule.graph import Tensor, computed_once


@dataclass(frozen=True, eq=False)
class Scratch:
    """Memory that a step uses for intermediate values."""

    nbytes: int


@dataclass(frozen=True, eq=False)
class RangeFlag:
    """An int64 cell that a kernel writes when one of `ids` is outside an axis of `table`.

    within  the gate, such as a scan, that raises the error when the reference evaluator runs it;
            None if `ids` alone show the error
    """

    name: str
    ids: Tensor
    table: Tensor
    size: int
    within: Tensor | None = None

    nbytes = 8


@dataclass(frozen=True)
class Address:
    """An address: an offset in bytes from the start of a block.

    nbytes  the number of bytes from there on that may be accessed; None: all the rest of the block
    """

    of: Tensor | Scratch | RangeFlag
    offset: int = 0
    nbytes: int | None = None

    @property
    def extent(self) -> int:
        """The number of bytes from there on that may be accessed."""
        return self.of.nbytes - self.offset if self.nbytes is None else self.nbytes

    def moved_to(self, of: Tensor | Scratch | RangeFlag, offset: int) -> Address:
        """Return this address in a block that contains its own block at `offset`."""
        return Address(of, offset + self.offset, self.extent)


Argument = Address | int
Block = Tensor | Scratch
AnyBlock = Tensor | Scratch | RangeFlag
Arguments = tuple[Argument, ...]


@dataclass(frozen=True)
class Units:
    """How a call is divided into independent units, such as the rows of a matrix.

    count     the number of units
    position  the position of this number among the arguments
    whole     the arguments of the call for all units
    other     the same for a second thread, with memory of its own for sums
    steps     for every argument, the bytes from one unit to the next, 0 if units share it; a unit
              accesses no byte of another one
    starts    for every argument, the bytes of the first unit that are before the address
    moves     by how much every argument changes from one unit to the next
    range     for a call that takes a range, at `position` and after it, instead of a count, while
              its addresses stay the same: the length of the range per unit; 0 otherwise
    """

    count: int
    position: int
    whole: Arguments
    other: Arguments
    steps: tuple[int, ...]
    starts: tuple[int, ...]
    moves: tuple[int, ...]
    range: int = 0

    def part(self, first: int, count: int, *, is_second: bool) -> Arguments:
        """Return the arguments of the call for `count` units from the unit `first` on."""
        given = self.other if is_second else self.whole
        moved = [moved_by(each, first * step) for each, step in zip(given, self.moves, strict=True)]
        if self.range:
            moved[self.position + 1] = (first + count) * self.range
        else:
            moved[self.position] = count
        return tuple(moved)


def moved_by(argument: Argument, nbytes: int) -> Argument:
    """Return an address moved by some bytes, or a number that much larger."""
    if not isinstance(argument, Address):
        return argument + nbytes
    if not nbytes:
        return argument
    known = argument.nbytes
    left = None if known is None else known - nbytes
    return Address(argument.of, argument.offset + nbytes, left)


@dataclass(frozen=True)
class KernelCall:
    """One call of a kernel, or two calls that two threads may run side by side.

    text       the kernel; equal texts are compiled once
    arguments  addresses for its pointers, then numbers for its extents
    second     the arguments of the second thread's call, None if the work is not split
    prepares   whether the call only copies an operand into scratch memory: a scan that captures the
               operand makes the call once
    written    the positions of the addresses that the call writes, None if that is not known
    units      how the call can be divided further, None if it cannot
    """

    text: str
    arguments: Arguments
    second: Arguments | None = None
    prepares: bool = field(default=False, kw_only=True)
    written: tuple[int, ...] | None = field(default=None, kw_only=True)
    units: Units | None = field(default=None, kw_only=True)

    @computed_once
    def addresses(self) -> tuple[Address, ...]:
        """The addresses among the arguments of both calls, and of all units, each object once."""
        shared = () if self.units is None else (*self.units.whole, *self.units.other)
        given = (*self.arguments, *(self.second or ()), *shared)
        return tuple({id(each): each for each in given if isinstance(each, Address)}.values())

    @computed_once
    def touched(self) -> tuple[frozenset[AnyBlock], frozenset[AnyBlock]]:
        """The blocks that the call reads, and those that it writes; all if that is not known."""
        if self.written is None:
            every = frozenset([each.of for each in self.addresses])
            return every, every
        read: set[AnyBlock] = set()
        written: set[AnyBlock] = set()
        for arguments in (self.arguments, self.second or ()):
            for at, each in enumerate(arguments):
                if isinstance(each, Address):
                    (written if at in self.written else read).add(each.of)
        return frozenset(read), frozenset(written)


class Span(NamedTuple):
    """The parts that one thread computes one after the other: `times` parts of `size` units."""

    start: int
    size: int
    times: int


@dataclass(frozen=True)
class ChunkLoop:
    """Calls that are made for some rows, then for the next rows, while these are in the cache.

    calls      the calls, which all have units
    fractions  the number of equal fractions into which the units of every call are divided
    spans      the fractions of every thread
    """

    calls: tuple[KernelCall, ...]
    fractions: int
    spans: tuple[Span, ...]

    @property
    def items(self) -> tuple[KernelCall, ...]:
        """The calls."""
        return self.calls


@dataclass(frozen=True)
class MovingOperand:
    """A block that has another address at every step of a scan: the first one, bytes per step."""

    of: Tensor | Scratch
    start: Address
    stride: int


@dataclass(frozen=True)
class ScanLoop:
    """The calls of a scan's body, made `count` times in order.

    moving  the operands whose address changes from step to step
    inner   the blocks that only the body uses, which have no place yet
    """

    items: tuple[Item, ...]
    moving: tuple[MovingOperand, ...]
    count: int
    inner: frozenset[Hashable] = frozenset()


@dataclass(frozen=True)
class Guarded:
    """Items that are chosen by a bool in memory: a branch, or a while loop.

    A branch makes the first items if the flag is true, else the second. A loop makes the first
    items, which compute the flag; while it is true, the second, and the first again.

    flag   the address of the bool
    inner  the blocks that only the items use, which have no place yet
    """

    is_loop: bool
    flag: Address
    first: tuple[Item, ...]
    second: tuple[Item, ...]
    inner: frozenset[Hashable] = frozenset()

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of both lists."""
        return (*self.first, *self.second)


Item = KernelCall | ChunkLoop | ScanLoop | Guarded


def is_computed(block: Hashable) -> TypeGuard[Block]:
    """Return whether a block needs memory of the program: a computed value, or scratch memory."""
    return isinstance(block, Scratch) or (isinstance(block, Tensor) and block.primitive is not None)


def block_nbytes(block: Block) -> int:
    """Return the bytes of memory that a block needs."""
    return output_nbytes(block) if isinstance(block, Tensor) else block.nbytes


def addresses_in(item: Item) -> Iterator[Address]:
    """Yield the addresses that an item accesses, without those that only a scan's body knows."""
    if isinstance(item, KernelCall):
        yield from item.addresses
        return
    if isinstance(item, ChunkLoop):
        yield from (each for call in item.calls for each in _addresses_of(call.units))
        return
    if isinstance(item, Guarded):
        found = (item.flag, *(each for inner in item.items for each in addresses_in(inner)))
        yield from (each for each in found if each.of not in item.inner)
        return
    own = item.inner.union(each.of for each in item.moving)
    yield from (each.start for each in item.moving)
    yield from (e for inner in item.items for e in addresses_in(inner) if e.of not in own)


def _addresses_of(units: Units | None) -> Iterator[Address]:
    """Yield the addresses among the arguments of both threads."""
    if units is not None:
        yield from (e for e in (*units.whole, *units.other) if isinstance(e, Address))


def with_addresses(item: Item, new: Callable[[Address], Address]) -> Item:
    """Return an item with other addresses; those that only a scan's body knows stay."""
    if isinstance(item, KernelCall):
        if all(new(each) is each for each in item.addresses):
            return item
        return KernelCall(
            item.text,
            _exchanged(item.arguments, new),
            None if item.second is None else _exchanged(item.second, new),
            prepares=item.prepares,
            written=item.written,
            units=None if item.units is None else _exchanged_units(item.units, new),
        )
    if isinstance(item, ChunkLoop):
        calls = (with_addresses(each, new) for each in item.calls)
        return replace(item, calls=tuple(each for each in calls if isinstance(each, KernelCall)))
    moving = () if isinstance(item, Guarded) else item.moving
    own = item.inner.union(each.of for each in moving)

    def outer(address: Address) -> Address:
        return address if address.of in own else new(address)

    if isinstance(item, Guarded):
        first, second = (
            tuple(with_addresses(each, outer) for each in part)
            for part in (item.first, item.second)
        )
        return replace(item, flag=outer(item.flag), first=first, second=second)
    return replace(
        item,
        items=tuple(with_addresses(each, outer) for each in item.items),
        moving=tuple(replace(each, start=new(each.start)) for each in item.moving),
    )


def _exchanged(arguments: Arguments, new: Callable[[Address], Address]) -> Arguments:
    """Return arguments with other addresses."""
    return tuple([new(each) if isinstance(each, Address) else each for each in arguments])


def _exchanged_units(units: Units, new: Callable[[Address], Address]) -> Units:
    """Return units with other addresses."""
    whole, other = _exchanged(units.whole, new), _exchanged(units.other, new)
    return replace(units, whole=whole, other=other)


def fill_call(block: Block, byte: int = 0) -> KernelCall:
    """Return the call that sets every byte of a block to one value."""
    return KernelCall(fill_text(), (Address(block), byte, block.nbytes), written=(0,))
