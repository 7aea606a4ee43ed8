"""The calls of every kind of step: which kernels are chosen, and with which arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import SingleGate, Step
from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.gates.strided_copies import (
    StridedCopy,
    StridedPart,
    cleared_ranges,
    ranges_around,
    simplified,
    split_part,
)
from chainrule.compile.kernels.panel_packing import packing_text
from chainrule.compile.kernels.panel_products import product_text
from chainrule.compile.kernels.panels import (
    band_bytes,
    has_panels,
    is_panel,
    left_form,
    panel_bytes,
    panel_room,
    vectors_of,
    width_of,
)
from chainrule.compile.kernels.prefetching import is_prefetched
from chainrule.compile.kernels.row_dots import has_row_dots, row_dots_text
from chainrule.compile.kernels.row_writing import add_to_rows_text, write_rows_text
from chainrule.compile.kernels.small_kernels import (
    copy_rows_text,
    copy_text,
    fill_text,
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
    Units,
    fill_call,
)
from chainrule.compile.lower.thread_split import (
    WORTHWHILE_ELEMENTS,
    leading_of,
    panel_numbers,
    split_gate_kernel,
    split_panel_product,
    split_product,
    split_row_dots,
)
from chainrule.compile.lower.units import (
    units_of_copy,
    units_of_gate,
    units_of_product,
    units_of_row_copy,
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
    places = (whole, Address(kept or source))
    return KernelCall(copy_text(), (*places, source.nbytes), written=(0,))


def row_copy_call(source: Tensor, target: Address) -> KernelCall:
    """Return the call that copies a tensor's memory to `target`; its units are rows."""
    rows = source.shape[0] if source.ndim else 1
    whole = replace(target, nbytes=source.nbytes)
    places, row = (whole, Address(source)), source.nbytes // rows
    units = units_of_row_copy(places, rows, row)
    return KernelCall(copy_rows_text(), (*places, rows, row), written=(0,), units=units)


def id_check_call(update: ReplaceRows | AddRows) -> KernelCall:
    """Return the call that sets a flag if an id of a row update is out of range."""
    size = update.parameter.shape[0]
    flag = RangeFlag("an update", update.ids, update.parameter, size)
    places = (Address(flag), Address(update.ids))
    text = inside_text(update.ids.dtype)
    return KernelCall(text, (*places, update.ids.size, size), written=(0,))


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
    ids, rows, table = update.ids, update.rows, update.parameter
    if rows.size:
        places = (*map(Address, sources), Address(table))
        row = rows.size // ids.size
        parts = [(1, 0), (1, 1)] if rows.size >= WORTHWHILE_ELEMENTS else [(0, 0)]
        calls: list[Arguments] = [
            (*places, Address(Scratch(8 * ids.size)), ids.size, row, *part) for part in parts
        ]
        prefetched = row * rows.dtype.itemsize if is_prefetched(table) else 0
        yield KernelCall(add_to_rows_text(ids.dtype, rows.dtype, prefetched), *calls)


def _product(step: MatrixProduct) -> Iterator[KernelCall]:
    """Yield the calls of a matrix product: a kernel of ours where it is faster, or BLAS."""
    if has_panels(step):
        yield from panel_product_calls(step)
    elif has_row_dots(step):
        yield _row_dots(step)
    else:
        yield _by_blas(step)


def panel_product_calls(step: MatrixProduct) -> Iterator[KernelCall]:
    """Yield the call that copies the right factor into panels, if needed, and the product."""
    size = step.node.dtype.itemsize
    right: Tensor | Scratch = step.right
    if not is_panel(step):
        right = panels = Scratch(panel_bytes(step))
        yield _in_panels(step, panels)
    parts = list(zip(*split_panel_product(step), strict=True))
    bands = Scratch(len(parts) * band_bytes(step))
    calls: list[Arguments] = []
    for number, (sizes, skipped) in enumerate(parts):
        factors = zip((step.left, right, step.node), skipped, strict=True)
        places = [Address(each, skip * size) for each, skip in factors]
        calls.append((*places, *_bands(step, bands, number), *sizes))
    text = product_text(step.node.dtype, vectors_of(step), left_form(step))
    whole, other = (
        (*map(Address, (step.left, right, step.node)), *_bands(step, bands, number))
        for number in (0, len(parts) - 1)
    )
    written = (2, 3) if band_bytes(step) else (2,)
    units = units_of_product(step, (whole, other), panel_numbers(step))
    yield KernelCall(text, *calls, written=written, units=units)


def _bands(step: MatrixProduct, bands: Scratch, number: int) -> list[Address]:
    """Return the address of the bands of the left factor, if any, for one part of the work."""
    return [Address(bands, number * band_bytes(step))] if band_bytes(step) else []


def _in_panels(step: MatrixProduct, panels: Scratch) -> KernelCall:
    """Return the call that copies a right factor into panels, in two parts if that pays."""
    extent, inner, leading = step.columns, step.inner, leading_of(step)[1]
    width, transposed = width_of(step), step.right_transposed
    count, size = (step.batch if step.steps[1] else 1), step.right.dtype.itemsize
    room, across = panel_room(step), leading if transposed else 1

    def part(skipped: int, left_out: int, columns: int, factors: int) -> Arguments:
        read, write = skipped * step.steps[1] + left_out * across, skipped * room + left_out * inner
        places = (Address(step.right, read * size), Address(panels, write * size))
        return (*places, columns, inner, leading, factors, step.steps[1])

    cut, middle = count // 2, -(-extent // width) // 2 * width
    calls = [part(0, 0, extent, count)]
    if count * room >= WORTHWHILE_ELEMENTS and cut:
        calls = [part(0, 0, extent, cut), part(cut, 0, extent, count - cut)]
    elif count * room >= WORTHWHILE_ELEMENTS and middle:
        calls = [part(0, 0, middle, 1), part(0, middle, extent - middle, 1)]
    text = packing_text(step.right.dtype, width, transposed)
    return replace(KernelCall(text, *calls), prepares=True, written=(1,))


def _row_dots(step: MatrixProduct) -> KernelCall:
    """Return the call of the kernel of products with few rows."""
    size = step.node.dtype.itemsize
    calls: list[Arguments] = []
    for numbers, skipped in zip(*split_row_dots(step), strict=True):
        pairs = zip((step.left, step.right, step.node), skipped, strict=True)
        calls.append((*(Address(each, skip * size) for each, skip in pairs), *numbers))
    return KernelCall(row_dots_text(step.node.dtype, step.rows), *calls, written=(2,))


def _by_blas(step: MatrixProduct) -> KernelCall:
    """Return the call of BLAS."""
    calls: list[Arguments] = []
    for sizes, skipped in zip(*split_product(step), strict=True):
        pairs = zip((step.left, step.right, step.node), skipped, strict=True)
        operands = [Address(each, skip) for each, skip in pairs]
        calls.append((blas.address(step.node.dtype), *operands, *sizes))
    return KernelCall(gemm_text(step.node.dtype), *calls, written=(3,))


def _strided_copy(step: StridedCopy) -> Iterator[KernelCall]:
    """Yield the calls of the parts of a strided copy."""
    copies = [split_part(simplified(each), WORTHWHILE_ELEMENTS) for each in step.parts]
    cleared = cleared_ranges(step, copies[0]) if step.cleared and copies else []
    if step.cleared and not cleared:
        yield from _cleared(step)
    for whole, parts in zip(step.parts, copies, strict=True):
        text = strided_copy_text(step.node, parts[0], step.adds, bool(cleared))
        calls: list[Arguments] = [
            (Address(each.source), Address(step.node), *_copy_numbers(each), *zeros)
            for each, zeros in zip(parts, cleared or [()] * len(parts), strict=True)
        ]
        units = None if cleared else _units_of_copy(step, simplified(whole))
        yield KernelCall(text, *calls, written=(1,), units=units)


def _units_of_copy(step: StridedCopy, part: StridedPart) -> Units | None:
    """Return the units of a part of a strided copy."""
    places = (Address(part.source), Address(step.node))
    return units_of_copy(part, places, _copy_numbers(part))


def _copy_numbers(part: StridedPart) -> tuple[int, ...]:
    """Return the numbers of the kernel of a strided copy."""
    return (*part.extents, *part.read, *part.write, part.read_from, part.write_to)


def _cleared(step: StridedCopy) -> Iterator[KernelCall]:
    """Yield the calls that set to zero what a strided copy does not write."""
    size = step.node.dtype.itemsize
    for first, end in ranges_around(step):
        place = Address(step.node, first * size)
        yield KernelCall(fill_text(), (place, 0, (end - first) * size), written=(0,))


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
    start, read = len(first), len(first) + len(node.inputs)
    places = (at for at, each in enumerate(calls[0]) if isinstance(each, Address))
    written = tuple(at for at in places if not start <= at < read)
    units = units_of_gate(kernel, calls, [each.dtype.itemsize for each in operands], start)
    yield KernelCall(kernel.text, *calls, written=written, units=units)


def _range_flag(node: Tensor, checked: int) -> RangeFlag:
    """Return the flag of a gate whose kernel checks one of its inputs, such as ids."""
    return RangeFlag(node.kind, node.inputs[checked], node, 0, within=node)
