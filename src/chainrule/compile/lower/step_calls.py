"""The calls of every kind of step: which kernels are chosen, and with which arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import SingleGate, Step
from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.gates.strided_copies import StridedCopy, simplified, split_part
from chainrule.compile.kernels.gathering import add_to_rows_text, write_rows_text
from chainrule.compile.kernels.panel_packing import bands_text, packing_text
from chainrule.compile.kernels.panel_products import product_text
from chainrule.compile.kernels.panels import band_grain, has_panels, room_of, vectors_of, width_of
from chainrule.compile.kernels.small_kernels import (
    copy_text,
    gemm_text,
    inside_text,
)
from chainrule.compile.kernels.strided_loops import strided_copy_text
from chainrule.compile.kernels.templates import kernel_flops, kernel_of_gate, output_nbytes
from chainrule.compile.lower.fused_calls import fused_kernel_calls
from chainrule.compile.lower.kernel_calls import (
    Address,
    Arguments,
    KernelCall,
    RangeFlag,
    Scratch,
    fill_call,
)
from chainrule.compile.lower.thread_split import (
    WORTHWHILE_ELEMENTS,
    leading_of,
    split_gate_kernel,
    split_panel_product,
    split_product,
)
from chainrule.compile.native import blas
from chainrule.graph import AddRows, Constant, ReplaceRows, Tensor


def calls_of(step: Step) -> Iterator[KernelCall]:
    """Yield the calls of a step in order; none for an alias."""
    if isinstance(step, FusedKernel):
        yield from fused_kernel_calls(step)
    elif isinstance(step, MatrixProduct):
        yield from _product(step)
    elif isinstance(step, SingleGate):
        yield from _single_gate(step)
    elif isinstance(step, StridedCopy):
        yield from _strided_copy(step)


def copy_call(source: Tensor, target: Address, kept: Scratch | None = None) -> KernelCall:
    """Return the call that copies a tensor's memory, or its snapshot `kept`, to `target`."""
    whole = replace(target, nbytes=source.nbytes)
    return KernelCall(copy_text(), (whole, Address(kept or source), source.nbytes))


def id_check_call(update: ReplaceRows | AddRows) -> KernelCall:
    """Return the call that sets a flag if an id of a row update is out of range."""
    size = update.parameter.shape[0]
    flag = RangeFlag("an update", update.ids, update.parameter, size)
    return KernelCall(
        inside_text(update.ids.dtype), (Address(flag), Address(update.ids), update.ids.size, size)
    )


def row_write_calls(
    update: ReplaceRows, sources: Sequence[Tensor | Scratch]
) -> Iterator[KernelCall]:
    """Yield the call that writes rows to a table; `sources` hold ids, rows and flags."""
    ids, rows, table = update.ids, update.rows, update.parameter
    if rows.size:
        places = (*map(Address, sources), Address(table))
        text = write_rows_text(ids.dtype, rows.dtype)
        yield KernelCall(text, (*places, ids.size, rows.size // ids.size))


def row_add_calls(update: AddRows, sources: Sequence[Tensor | Scratch]) -> Iterator[KernelCall]:
    """Yield the call that adds rows to a table, in two parts if that pays: of even and odd ids."""
    ids, rows = update.ids, update.rows
    if rows.size:
        places = (*map(Address, sources), Address(update.parameter))
        extents = ids.size, rows.size // ids.size
        parts = [(1, 0), (1, 1)] if rows.size >= WORTHWHILE_ELEMENTS else [(0, 0)]
        calls: list[Arguments] = [(*places, *extents, *part) for part in parts]
        yield KernelCall(add_to_rows_text(ids.dtype, rows.dtype), *calls)


def _product(step: MatrixProduct) -> Iterator[KernelCall]:
    """Yield the calls of a matrix product: the kernel of panels where it is faster, or BLAS."""
    if has_panels(step):
        yield from panel_product_calls(step)
    else:
        yield _by_blas(step)


def panel_product_calls(step: MatrixProduct) -> Iterator[KernelCall]:
    """Yield the calls that copy factors into bands and panels, and the one that multiplies."""
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
    for sizes, (a, b, c) in zip(*split_panel_product(step), strict=True):
        places = (Address(left, a * size), Address(panels, b * size), Address(step.node, c * size))
        calls.append((*places, *sizes))
    yield KernelCall(product_text(dtype, vectors, step.left_transposed), *calls)


def _prepared(
    text: str,
    source: Tensor,
    target: Scratch,
    numbers: tuple[int, int, int, int, int],
    across: int,
    grain: int,
) -> KernelCall:
    """Return the call that copies a factor into bands or panels, in two parts if that pays.

    numbers  columns (or rows), inner extent, leading dimension, number of factors, and elements
             from one factor to the next, 0 if all are the same
    across   elements from one column to the next
    grain    columns of a panel
    """
    extent, inner, leading, batch, step = numbers
    count, size = (batch if step else 1), source.dtype.itemsize
    room = -(-extent // grain) * grain * inner

    def part(skipped: int, left_out: int, columns: int, factors: int) -> Arguments:
        read, write = skipped * step + left_out * across, skipped * room + left_out * inner
        places = (Address(source, read * size), Address(target, write * size))
        return (*places, columns, inner, leading, factors, step)

    cut, middle = count // 2, -(-extent // grain) // 2 * grain
    calls = [part(0, 0, extent, count)]
    if count * room >= WORTHWHILE_ELEMENTS and cut:
        calls = [part(0, 0, extent, cut), part(cut, 0, extent, count - cut)]
    elif count * room >= WORTHWHILE_ELEMENTS and middle:
        calls = [part(0, 0, middle, 1), part(0, middle, extent - middle, 1)]
    return replace(KernelCall(text, *calls), prepares=True)


def _by_blas(step: MatrixProduct) -> KernelCall:
    """Return the call of BLAS."""
    calls: list[Arguments] = []
    for sizes, skipped in zip(*split_product(step), strict=True):
        pairs = zip((step.left, step.right, step.node), skipped, strict=True)
        operands = [Address(each, skip) for each, skip in pairs]
        calls.append((blas.address(step.node.dtype), *operands, *sizes))
    return KernelCall(gemm_text(step.node.dtype), *calls)


def _strided_copy(step: StridedCopy) -> Iterator[KernelCall]:
    """Yield the calls of the parts of a strided copy."""
    if step.cleared:
        yield fill_call(step.node)
    for part in map(simplified, step.parts):
        text = strided_copy_text(step.node, part, step.adds)
        calls: list[Arguments] = [
            (
                Address(part.source),
                Address(step.node),
                *(*each.extents, *each.read, *each.write, each.read_from, each.write_to),
            )
            for each in split_part(part, WORTHWHILE_ELEMENTS)
        ]
        yield KernelCall(text, *calls)


def _single_gate(step: SingleGate) -> Iterator[KernelCall]:
    """Yield the calls of a gate with a kernel of its own."""
    node, kernel = step.node, kernel_of_gate(step.node)
    if kernel.cleared:
        yield fill_call(node)
    cells = [Scratch(kernel.cell_bytes)] if kernel.cell_bytes else []
    yield from (fill_call(each, -1) for each in cells)
    tables = [] if kernel.table is None else [Address(Constant(kernel.table))]
    rooms = [Scratch(2 * kernel.scratch_bytes)] if kernel.scratch_bytes else []
    first = [] if kernel.checked is None else [Address(_range_flag(node, kernel.checked))]
    operands = (*node.inputs, node)
    sizes = (*(each.nbytes for each in node.inputs), output_nbytes(node))
    calls: list[Arguments] = []
    split = split_gate_kernel(
        kernel, kernel_flops(node), [each.dtype.itemsize for each in operands]
    )
    for number, (extents, skipped) in enumerate(zip(*split, strict=True)):
        parts = zip(operands, skipped, sizes, strict=True)
        addresses = [Address(each, skip, size - skip) for each, skip, size in parts]
        own = [
            *tables,
            *map(Address, cells),
            *(Address(each, number * kernel.scratch_bytes) for each in rooms),
        ]
        calls.append((*first, *addresses, *own, *extents))
    yield KernelCall(kernel.text, *calls)


def _range_flag(node: Tensor, checked: int) -> RangeFlag:
    """Return the flag of a gate whose kernel checks one of its inputs, such as ids."""
    return RangeFlag(node.kind, node.inputs[checked], node, 0, within=node)
