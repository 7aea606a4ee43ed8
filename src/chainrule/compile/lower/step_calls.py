"""Lower: every step as calls of kernels, whose arguments are places in memory and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chainrule.compile.fuse.fusion import Rows, Step
from chainrule.compile.fuse.nest import Nest
from chainrule.compile.gates.matrix_products import Product
from chainrule.compile.gates.strided_copies import Move, halves_of_part, simplified
from chainrule.compile.kernels.gathering import write_rows_text
from chainrule.compile.kernels.panels import (
    band_grain,
    bands_text,
    has_panels,
    packing_text,
    product_text,
    room_of,
    vectors_of,
    width_of,
)
from chainrule.compile.kernels.small_kernels import (
    copy_text,
    gemm_text,
    inside_text,
)
from chainrule.compile.kernels.strided_loops import move_text
from chainrule.compile.lower.kernel_calls import (
    Argument,
    Arguments,
    Call,
    Note,
    Place,
    Scratch,
    filled,
)
from chainrule.compile.lower.nest_calls import nest_calls
from chainrule.compile.lower.thread_split import (
    WORTHWHILE_MOVES,
    halves_by_panels,
    halves_of_product,
    halves_of_rows,
    leading_of,
)
from chainrule.compile.native import blas
from chainrule.graph import ReplaceRows, Tensor


def lowered(step: Step) -> Iterator[Call]:
    """Yield what a step calls, in order; nothing for what takes no native code."""
    if isinstance(step, Nest):
        yield from nest_calls(step)
    elif isinstance(step, Product):
        yield from _product(step)
    elif isinstance(step, Rows):
        yield from _rows(step)
    elif isinstance(step, Move):
        yield from _moved(step)


def copied(source: Tensor, target: Place, kept: Scratch | None = None) -> Call:
    """Return the call that copies a tensor's memory, or the copy of it that was kept."""
    whole = replace(target, nbytes=source.nbytes)
    return Call(copy_text(), (whole, Place(kept or source), source.nbytes))


def checked(update: ReplaceRows) -> Call:
    """Return the call that checks the ids of a row update, so that nothing outside is written."""
    size = update.parameter.shape[0]
    note = Note("an update", update.ids, update.parameter, size)
    return Call(
        inside_text(update.ids.dtype), (Place(note), Place(update.ids), update.ids.size, size)
    )


def rows_written(update: ReplaceRows, sources: Sequence[Tensor | Scratch]) -> Iterator[Call]:
    """Yield the call that writes rows into a table: ids, rows and flags stand in `sources`."""
    ids, rows, table = update.ids, update.rows, update.parameter
    if rows.size:
        places = (*map(Place, sources), Place(table))
        text = write_rows_text(ids.dtype, rows.dtype)
        yield Call(text, (*places, ids.size, rows.size // ids.size))


def _product(step: Product) -> Iterator[Call]:
    if has_panels(step):
        yield from by_panels(step)
    else:
        yield _by_blas(step)


def by_panels(step: Product) -> Iterator[Call]:
    """Yield the calls that copy factors into bands and panels, and the one that multiplies them."""
    dtype, vectors, size = step.node.dtype, vectors_of(step), step.node.dtype.itemsize
    bands, panels = map(Scratch, room_of(step))
    leading = leading_of(step)
    left: Tensor | Scratch = step.left
    if step.left_transposed:
        left = bands
        numbers = (step.rows, step.inner, leading[0], step.batch, step.steps[0])
        yield _prepared(bands_text(dtype), step.left, bands, numbers, 1, band_grain(step))
    numbers = (step.columns, step.inner, leading[1], step.batch, step.steps[1])
    text = packing_text(dtype, vectors, step.right_transposed)
    across = leading[1] if step.right_transposed else 1
    yield _prepared(text, step.right, panels, numbers, across, width_of(step))
    calls: list[Arguments] = []
    for sizes, (a, b, c) in zip(*halves_by_panels(step), strict=True):
        places = (Place(left, a * size), Place(panels, b * size), Place(step.node, c * size))
        calls.append((*places, *sizes))
    yield Call(product_text(dtype, vectors, step.left_transposed), *calls)


def _prepared(
    text: str,
    source: Tensor,
    target: Scratch,
    numbers: tuple[int, int, int, int, int],
    across: int,
    grain: int,
) -> Call:
    """Return the call that copies a factor into bands or panels, in halves if that is long.

    numbers  columns (or rows), inner extent, leading dimension, how many factors, and elements from
             one to the next, 0 if all are the same
    across   elements from one column to the next
    grain    columns of a panel
    """
    extent, inner, leading, batch, step = numbers
    count, size = (batch if step else 1), source.dtype.itemsize
    room = -(-extent // grain) * grain * inner

    def part(skipped: int, left_out: int, columns: int, factors: int) -> Arguments:
        read, write = skipped * step + left_out * across, skipped * room + left_out * inner
        places = (Place(source, read * size), Place(target, write * size))
        return (*places, columns, inner, leading, factors, step)

    cut, middle = count // 2, -(-extent // grain) // 2 * grain
    calls = [part(0, 0, extent, count)]
    if count * room >= WORTHWHILE_MOVES and cut:
        calls = [part(0, 0, extent, cut), part(cut, 0, extent, count - cut)]
    elif count * room >= WORTHWHILE_MOVES and middle:
        calls = [part(0, 0, middle, 1), part(0, middle, extent - middle, 1)]
    return replace(Call(text, *calls), prepares=True)


def _by_blas(step: Product) -> Call:
    calls: list[Arguments] = []
    for sizes, skipped in zip(*halves_of_product(step), strict=True):
        pairs = zip((step.left, step.right, step.node), skipped, strict=True)
        operands = [Place(each, skip) for each, skip in pairs]
        calls.append((blas.address(step.node.dtype), *operands, *sizes))
    return Call(gemm_text(step.node.dtype), *calls)


def _moved(step: Move) -> Iterator[Call]:
    if step.cleared:
        yield filled(step.node)
    for part in map(simplified, step.parts):
        text = move_text(step.node, part, step.adds)
        calls: list[Arguments] = [
            (
                Place(part.source),
                Place(step.node),
                *(*each.extents, *each.read, *each.write, each.read_from, each.write_to),
            )
            for each in halves_of_part(part, WORTHWHILE_MOVES)
        ]
        yield Call(text, *calls)


def _rows(step: Rows) -> Iterator[Call]:
    node, kernel = step.node, step.kernel
    if kernel.cleared:
        yield filled(node)
    scratch = [Scratch(8 * kernel.scratch)] if kernel.scratch else []
    yield from (filled(each, -1) for each in scratch)
    room = [Scratch(2 * kernel.room)] if kernel.room else []
    first: list[Argument] = [] if kernel.library is None else [blas.address(kernel.library)]
    first += [] if kernel.checked is None else [Place(_note_of(node, kernel.checked))]
    operands = (*node.inputs, node)
    rooms = (*(each.nbytes for each in node.inputs), room_of_rows(step))
    calls: list[Arguments] = []
    halves = halves_of_rows(kernel, [each.dtype.itemsize for each in operands])
    for number, (extents, skipped) in enumerate(zip(*halves, strict=True)):
        parts = zip(operands, skipped, rooms, strict=True)
        places = [Place(each, skip, room - skip) for each, skip, room in parts]
        aside = [*map(Place, scratch), *(Place(each, number * kernel.room) for each in room)]
        calls.append((*first, *places, *aside, *extents))
    yield Call(kernel.text, *calls)


def room_of_rows(step: Rows) -> int:
    """Return the bytes that the output of a gate's kernel needs, which may round its extents up."""
    kernel, node = step.kernel, step.node
    return kernel.padded * node.dtype.itemsize if kernel.padded else node.nbytes


def _note_of(node: Tensor, checked: int) -> Note:
    """Return the cell of a gate that refuses elements of one of its inputs, ids above all."""
    return Note(node.kind, node.inputs[checked], node, 0, within=node)
