"""The calls of a nest: its kernel, or its halves, and what brings their sums together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainrule.compile.fuse.nest import Nest, table_of
from chainrule.compile.fuse.operands import Operand, blocks_of
from chainrule.compile.kernels.nest_loops import Kernel
from chainrule.compile.kernels.nest_sums import BLOCK
from chainrule.compile.kernels.small_kernels import add_text, settle_text
from chainrule.compile.lower.kernel_calls import (
    Arguments,
    Block,
    Call,
    Note,
    Place,
    Scratch,
    filled,
)
from chainrule.compile.lower.nest_kernel_cache import kernel_of
from chainrule.compile.lower.thread_split import halves_of_nest
from chainrule.graph import Tensor


def nest_calls(nest: Nest) -> Iterator[Call]:
    kernel = kernel_of(nest)
    numbers, skipped = halves_of_nest(kernel, len(nest.nodes))
    first = _half(nest, kernel, skipped[0], {})
    parts = [first, *(_half(nest, kernel, each, first) for each in skipped[1:])]
    sums = list(_sums(parts))
    for each in sums:
        yield from map(filled, each.memory)
    arguments: list[Arguments] = [
        (*part.values(), *extents, *kernel.limits)
        for part, extents in zip(parts, numbers, strict=True)
    ]
    yield Call(kernel.text, *arguments)
    for each in sums:
        if each.wide is not None:
            count = each.total.size if isinstance(each.wide, Scratch) else 0
            yield Call(settle_text(), (Place(each.block), Place(each.wide), count))
    for each in sums:
        if each.block is not each.total:
            yield Call(
                add_text(each.total.dtype),
                (Place(each.total), Place(each.block), each.total.size),
            )


@dataclass(frozen=True)
class _Sum:
    """Where a kernel adds up a total, or one half of it: its blocks, and the sum of the blocks.

    wide  None if there are no blocks; memory that is not read if no block can be full
    """

    total: Tensor
    block: Block
    wide: Block | None

    @property
    def memory(self) -> tuple[Block, ...]:
        return (self.block, self.wide) if isinstance(self.wide, Scratch) else (self.block,)


def _sums(parts: Sequence[dict[Operand, Place]]) -> Iterator[_Sum]:
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
        assert not isinstance(block, Note)
        assert not isinstance(wide, Note)
        yield _Sum(total, block, wide)


def _half(
    nest: Nest, kernel: Kernel, skipped: Sequence[int], first: dict[Operand, Place]
) -> dict[Operand, Place]:
    """Return the places of a kernel's operands; the second half has sums of its own.

    first  the places of the first half, if this is the second
    """
    places = {}
    for number, (each, elements) in enumerate(zip(kernel.operands, skipped, strict=True)):
        size = each.dtype.itemsize
        if each.kind == "note":
            places[each] = Place(_note(each.tensor))
        elif each.kind == "buffer":
            places[each] = Place(Scratch(size * math.prod(nest.shape[nest.split :])))
        elif each.kind == "total" and first and not elements:
            places[each] = Place(Scratch(each.tensor.nbytes))
        elif each.kind == "wide" and not _has_blocks(kernel, number):
            places[each] = Place(each.tensor)
        elif each.kind == "wide" and not (first and elements):
            places[each] = Place(Scratch(size * each.tensor.size))
        elif each.kind == "wide":
            places[each] = Place(first[each].of, elements * size)
        else:
            places[each] = Place(each.tensor, elements * size)
    return places


def _has_blocks(kernel: Kernel, number: int) -> bool:
    """Say whether a kernel ever adds to the float64 memory of a total, a certain operand."""
    total = kernel.operands[number].tensor
    is_along_last = not kernel.moves[-1][number]
    return is_along_last or total.inputs[0].size > BLOCK * total.size


def _note(node: Tensor) -> Note:
    """Return the cell of a gate with ids in a nest."""
    table = table_of(node)
    return Note(node.kind, node.inputs[1], table, table.shape[node.attributes["axis"]])
