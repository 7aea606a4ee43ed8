"""Thread split: large steps are cut in two parts, which two threads may run side by side.

Where a step is cut depends on its extents alone. Results are therefore the same bit for bit,
whether one thread runs both parts or two threads run one part each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.panels import panel_room, rows_of_block, width_of
from chainrule.compile.lower.fused_loops import FusedKernelText
from chainrule.compile.native import blas

Numbers = tuple[int, ...]

_WORTHWHILE_FLOPS = 800_000
_WORTHWHILE_GATES = 100_000
WORTHWHILE_ELEMENTS = 60_000
_GRAIN = 16


def _cut(extent: int) -> int:
    """Return where to cut an extent: near the middle, at a multiple of the widest vectors."""
    return -(-extent // (2 * _GRAIN)) * _GRAIN


def leading_of(step: MatrixProduct) -> Numbers:
    """Return the leading dimensions of A, B and C: elements from one row to the next."""
    return (
        step.rows if step.left_transposed else step.inner,
        step.inner if step.right_transposed else step.columns,
        step.columns,
    )


def panel_numbers(step: MatrixProduct) -> Numbers:
    """Return the numbers of a product by panels.

    Rows, columns, inner extent, leading dimensions of A and C, number of products, elements from
    one A, one group of panels and one C to the next.
    """
    m, n, k = step.rows, step.columns, step.inner
    steps = (step.steps[0], panel_room(step) if step.steps[1] else 0, m * n)
    return (m, n, k, leading_of(step)[0], n, step.batch, *steps)


def split_panel_product(step: MatrixProduct) -> tuple[list[Numbers], list[Numbers]]:
    """Return the numbers of a product by panels for each part, and the elements to skip.

    Elements to skip: of A, B and C.
    """
    m, n, k, batch = step.rows, step.columns, step.inner, step.batch
    whole = panel_numbers(step)
    steps = whole[6:]

    def numbers(rows: int, columns: int, count: int) -> Numbers:
        return (rows, columns, k, *whole[3:5], count, *steps)

    if 2 * m * n * k * batch < _WORTHWHILE_FLOPS:
        return [whole], [(0, 0, 0)]
    if batch > 1:
        cut = batch // 2
        skipped = tuple(cut * each for each in steps)
        return [numbers(m, n, cut), numbers(m, n, batch - cut)], [(0, 0, 0), skipped]
    tall, wide = rows_of_block(step), width_of(step)
    if is_cut_along_rows(step):
        cut = -(-m // tall) // 2 * tall
        parts = [numbers(cut, n, 1), numbers(m - cut, n, 1)]
        return parts, [(0, 0, 0), (cut * (1 if step.left_transposed else k), 0, cut * n)]
    cut = -(-n // wide) // 2 * wide
    return [numbers(m, cut, 1), numbers(m, n - cut, 1)], [(0, 0, 0), (0, cut * k, cut)]


def is_cut_along_rows(step: MatrixProduct) -> bool:
    """Return whether two threads compute some rows of C each, rather than some columns.

    The longer part decides; of equal ones, which factor both threads read whole.
    """
    by_rows, by_columns = _longer_parts(step)
    return (by_rows, step.columns) <= (by_columns, step.rows)


def rows_are_units(step: MatrixProduct) -> bool:
    """Return whether dividing the rows of C takes no longer than dividing its columns."""
    by_rows, by_columns = _longer_parts(step)
    return by_rows <= by_columns


def _longer_parts(step: MatrixProduct) -> tuple[int, int]:
    """Return the blocks of the longer of two parts: of rows, and of columns."""
    blocks, panels = -(-step.rows // rows_of_block(step)), -(-step.columns // width_of(step))
    return -(-blocks // 2) * panels, blocks * -(-panels // 2)


def split_product(step: MatrixProduct) -> tuple[list[Numbers], list[Numbers]]:
    """Return the numbers of a product by BLAS for each part, and the bytes to skip.

    Numbers: transposes, m, n, k, leading dimensions, batch, elements per matrix of the batch.
    Bytes to skip: of A, B and C.
    """
    m, n, k, batch = step.rows, step.columns, step.inner, step.batch
    transposed = (step.left_transposed, step.right_transposed)
    flags = [blas.TRANSPOSE if each else blas.NO_TRANSPOSE for each in transposed]
    leading = leading_of(step)
    steps = (*step.steps, m * n)
    size = step.node.dtype.itemsize

    def numbers(rows: int, columns: int, count: int) -> Numbers:
        return (*flags, rows, columns, k, *leading, count, *steps)

    def offsets(a: int, b: int, c: int) -> Numbers:
        return (a * size, b * size, c * size)

    if 2 * m * n * k * batch < _WORTHWHILE_FLOPS:
        return [numbers(m, n, batch)], [offsets(0, 0, 0)]
    if batch > 1:
        cut = batch // 2
        parts = [numbers(m, n, cut), numbers(m, n, batch - cut)]
        return parts, [offsets(0, 0, 0), offsets(*(cut * each for each in steps))]
    if m >= n and m > _GRAIN:
        cut = _cut(m)
        parts = [numbers(cut, n, 1), numbers(m - cut, n, 1)]
        return parts, [offsets(0, 0, 0), offsets(cut * (1 if transposed[0] else k), 0, cut * n)]
    if n > _GRAIN:
        cut = _cut(n)
        parts = [numbers(m, cut, 1), numbers(m, n - cut, 1)]
        return parts, [offsets(0, 0, 0), offsets(0, cut * (k if transposed[1] else 1), cut)]
    return [numbers(m, n, 1)], [offsets(0, 0, 0)]


def split_row_dots(step: MatrixProduct) -> tuple[list[Numbers], list[Numbers]]:
    """Return the numbers of a product with few rows for each part, and the elements to skip.

    Numbers: columns, inner extent, columns, number of products, elements from one A, B and C to
    the next. Elements to skip: of A, B and C. Threads read different parts of the right factor.
    """
    n, k, batch = step.columns, step.inner, step.batch
    steps = (*step.steps, step.rows * n)

    def numbers(columns: int, count: int) -> Numbers:
        return (columns, k, n, count, *steps)

    if n * k * batch < _WORTHWHILE_GATES:
        return [numbers(n, batch)], [(0, 0, 0)]
    if batch > 1:
        cut = batch // 2
        skipped = tuple(cut * each for each in steps)
        return [numbers(n, cut), numbers(n, batch - cut)], [(0, 0, 0), skipped]
    cut = _cut(n)
    if not 0 < cut < n:
        return [numbers(n, 1)], [(0, 0, 0)]
    return [numbers(cut, 1), numbers(n - cut, 1)], [(0, 0, 0), (0, cut * k, cut)]


def split_gate_kernel(
    kernel: GateKernel, flops: int, sizes: Sequence[int]
) -> tuple[list[Numbers], list[Numbers]]:
    """Return the extents of a gate's kernel for each part, and the bytes to skip of its operands.

    The work is split along the first extent, or a range of units, which are independent.

    flops  the arithmetic of the kernel, 0 if it is not counted
    sizes  the bytes per element of each operand
    """
    extents, still = kernel.extents, (0,) * len(sizes)
    if kernel.range_step:
        parts = _split_range(extents, flops)
        return parts, [still] * len(parts)
    count = extents[0]
    cut = _cut(count) if kernel.elements else count // 2
    if not kernel.per_unit or not 0 < cut < count:
        return [extents], [still]
    elements = max(kernel.elements, count * max(kernel.per_unit))
    if elements < WORTHWHILE_ELEMENTS and flops < _WORTHWHILE_FLOPS:
        return [extents], [still]
    moved = tuple(cut * n * size for n, size in zip(kernel.per_unit, sizes, strict=True))
    return [(cut, *extents[1:]), (count - cut, *extents[1:])], [still, moved]


def _split_range(extents: Numbers, flops: int) -> list[Numbers]:
    """Return extents that begin with a range of units as one or two parts of the range."""
    first, end, *rest = extents
    middle = (first + end) // 2
    if flops < _WORTHWHILE_FLOPS or middle == first:
        return [extents]
    return [(first, middle, *rest), (middle, end, *rest)]


def split_fused_kernel(kernel: FusedKernelText, gates: int) -> tuple[list[Numbers], list[Numbers]]:
    """Return the extents of a fused kernel for each part, and the elements to skip per operand."""
    extents = kernel.extents
    still = (0,) * len(kernel.operands)
    cut = _cut(extents[0]) if len(extents) == 1 else extents[0] // 2
    elements = math.prod(extents[:-1]) * max(extents[-1], _GRAIN)
    if elements * gates < _WORTHWHILE_GATES or not 0 < cut < extents[0]:
        return [extents], [still]
    skipped = tuple(
        cut * step_along_first(kernel, number) for number in range(len(kernel.operands))
    )
    return [(cut, *extents[1:]), (extents[0] - cut, *extents[1:])], [still, skipped]


def step_along_first(kernel: FusedKernelText, number: int) -> int:
    """Return the elements of an operand per step along the first axis."""
    if number in kernel.views:
        return kernel.views[number][0]
    moved = [
        n for n, advances in zip(kernel.extents, kernel.advances, strict=True) if advances[number]
    ]
    return math.prod(moved[1:]) if kernel.advances[0][number] else 0
