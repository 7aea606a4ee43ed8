"""The calls of a fused kernel: the kernel, in one or two parts, and the sums of its blocks."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import table_of
from chainrule.compile.fuse.operands import (
    KernelOperand,
    blocks_of,
    total_of,
    written_by,
)
from chainrule.compile.kernels.small_kernels import add_text, add_wide_text
from chainrule.compile.kernels.sum_blocks import BLOCK
from chainrule.compile.lower.fused_kernel_cache import kernel_of, numbers_of
from chainrule.compile.lower.fused_loops import FusedKernelText
from chainrule.compile.lower.kernel_calls import (
    Address,
    Arguments,
    Block,
    KernelCall,
    RangeFlag,
    Scratch,
    fill_call,
)
from chainrule.compile.lower.known_calls import KnownCalls, exact_key, without_tensors
from chainrule.compile.lower.thread_split import split_fused_kernel
from chainrule.compile.lower.units import is_unused, units_of_fused
from chainrule.graph import Tensor

_MOST = 1024
_known: dict[Hashable, KnownCalls] = {}


def fused_kernel_calls(fused: FusedKernel) -> Iterable[KernelCall]:
    """Return the calls of a fused kernel, in order; those of an equal one if there was one."""
    numbers = numbers_of(fused)
    key = exact_key(fused, numbers)
    known = _known.get(key)
    if known is not None:
        return known.on(list(numbers))
    if len(_known) >= _MOST:
        _known.clear()
    calls = list(_lowered(fused, numbers))
    _known[key] = without_tensors(calls, numbers)
    return calls


def _lowered(fused: FusedKernel, tensors: dict[Tensor, int]) -> Iterator[KernelCall]:
    """Yield the calls of a fused kernel, in order; `tensors` are numbered by `numbers_of`."""
    kernel = kernel_of(fused, tensors)
    numbers, skipped = split_fused_kernel(kernel, len(fused.nodes))
    first = _operand_addresses(fused, kernel, skipped[0], {})
    parts = [first, *(_operand_addresses(fused, kernel, each, first) for each in skipped[1:])]
    sums = list(_sums(parts))
    for each in sums:
        yield from map(fill_call, each.memory)
    arguments: list[Arguments] = [
        (*part.values(), *extents, *kernel.numbers)
        for part, extents in zip(parts, numbers, strict=True)
    ]
    written = tuple(_written(fused, first))
    units = units_of_fused(kernel, parts, skipped, written)
    yield KernelCall(kernel.text, *arguments, written=written, units=units)
    for each in sums:
        if each.wide is not None:
            count = 0 if each.wide is each.block else each.total.size
            places = (Address(each.block), Address(each.wide))
            yield KernelCall(add_wide_text(), (*places, count), written=(0,))
    for each in sums:
        if each.block is not each.total:
            places = (Address(each.total), Address(each.block))
            yield KernelCall(add_text(each.total.dtype), (*places, each.total.size), written=(0,))


def _written(fused: FusedKernel, places: dict[KernelOperand, Address]) -> Iterator[int]:
    """Yield the positions of the operands that a kernel writes."""
    results = {written_by(fused, each) for each in fused.outputs}
    for number, each in enumerate(places):
        if (each.kind != "value" or each in results) and not is_unused(each, places):
            yield number


@dataclass(frozen=True)
class _Sum:
    """The memory in which a kernel, or one part of it, accumulates a total.

    total  the output
    block  the float32 memory of the current block
    wide   the float64 memory of full blocks; the same as `block` if no block can be full; None if
           the total has no blocks
    """

    total: Tensor
    block: Block
    wide: Block | None

    @property
    def memory(self) -> tuple[Block, ...]:
        """The blocks that have to be zero before the kernel."""
        if self.wide is None or self.wide is self.block:
            return (self.block,)
        return (self.block, self.wide)


def _sums(parts: Sequence[dict[KernelOperand, Address]]) -> Iterator[_Sum]:
    """Yield the sums of all parts, each memory once: parts may add to different elements of it."""
    found = dict.fromkeys(
        (
            operand.tensor,
            place.of,
            part[blocks].of if (blocks := blocks_of(operand)) in part else None,
        )
        for part in parts
        for operand, place in part.items()
        if operand.kind == "total"
    )
    for total, block, wide in found:
        assert not isinstance(block, RangeFlag)
        assert not isinstance(wide, RangeFlag)
        yield _Sum(total, block, wide)


def _operand_addresses(
    fused: FusedKernel,
    kernel: FusedKernelText,
    skipped: Sequence[int],
    first: dict[KernelOperand, Address],
) -> dict[KernelOperand, Address]:
    """Return the addresses of a kernel's operands for one part of the work.

    skipped  the elements of each operand before the part
    first    the addresses of the first part, if this is the second, which has sums of its own
    """
    places = {}
    for number, (each, elements) in enumerate(zip(kernel.operands, skipped, strict=True)):
        size = each.dtype.itemsize
        if each.kind == "flag":
            places[each] = Address(_range_flag(each.tensor))
        elif each.kind == "buffer":
            places[each] = Address(Scratch(size * math.prod(fused.shape[fused.split :])))
        elif each.kind == "total" and first and not elements:
            places[each] = Address(Scratch(each.tensor.nbytes))
        elif each.kind == "wide" and not _has_blocks(kernel, number):
            places[each] = places[total_of(each)]
        elif each.kind == "wide" and not (first and elements):
            places[each] = Address(Scratch(size * each.tensor.size))
        elif each.kind == "wide":
            places[each] = Address(first[each].of, elements * size)
        else:
            start = 0 if each.view is None else each.view.start
            places[each] = Address(each.tensor, (start + elements) * size)
    return places


def _has_blocks(kernel: FusedKernelText, number: int) -> bool:
    """Return whether a kernel ever adds to the float64 memory of a total, the operand `number`."""
    total = kernel.operands[number].tensor
    is_along_last = not kernel.advances[-1][number]
    return is_along_last or total.inputs[0].size > BLOCK * total.size


def _range_flag(node: Tensor) -> RangeFlag:
    """Return the flag that the kernel sets when an id of the gate is out of range."""
    table = table_of(node)
    return RangeFlag(node.kind, node.inputs[1], table, table.shape[node.attributes["axis"]])
