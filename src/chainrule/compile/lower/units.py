"""The units of calls: what a call computes independently of the rest, such as rows of a product.

`chunk_loops.py` makes calls for some units at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chainrule.compile.fuse.operands import KernelOperand, total_of
from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.gates.strided_copies import StridedPart
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.lower.fused_loops import FusedKernelText
from chainrule.compile.lower.kernel_calls import (
    Address,
    Argument,
    Arguments,
    RangeFlag,
    Units,
    moved_by,
)
from chainrule.compile.lower.thread_split import rows_are_units, step_along_first


def units_of_fused(
    kernel: FusedKernelText,
    parts: Sequence[dict[KernelOperand, Address]],
    skipped: Sequence[Sequence[int]],
    written: Sequence[int],
) -> Units | None:
    """Return the units of a fused kernel, steps along its first axis; None if they share memory.

    parts    the addresses of operands, for one thread or for each of two
    skipped  the elements of each operand before each part
    written  the positions of the operands that are written
    """
    steps, starts = [], []
    unused = {each for each in kernel.operands if is_unused(each, parts[0])}
    for number, each in enumerate(kernel.operands):
        step, start = step_along_first(kernel, number), 0 if each.view is None else each.view.start
        step = 0 if each in unused else step
        if step and start + _reach(kernel, number) >= step:
            return None
        steps.append(step * each.dtype.itemsize)
        starts.append(start * each.dtype.itemsize if step else 0)
    whole, other = (
        [
            moved_by(place, 0 if operand in unused else -elements * operand.dtype.itemsize)
            for (operand, place), elements in zip(part.items(), before, strict=True)
        ]
        for part, before in ((parts[0], skipped[0]), (parts[-1], skipped[-1]))
    )
    numbers = (*kernel.extents, *kernel.numbers)
    return _units((whole, other), numbers, (steps, starts), written, kernel.extents[0])


def is_unused(operand: KernelOperand, places: Mapping[KernelOperand, Address]) -> bool:
    """Return whether a kernel never accesses an operand: memory for blocks that is the total's."""
    return operand.kind == "wide" and _is_same(places[operand], places[total_of(operand)])


def _is_same(a: Argument, b: Argument) -> bool:
    """Return whether two addresses are the same."""
    assert isinstance(a, Address)
    assert isinstance(b, Address)
    return a.of is b.of and a.offset == b.offset


def _is_flag(argument: Argument) -> bool:
    """Return whether an address is that of a range flag."""
    return isinstance(argument, Address) and isinstance(argument.of, RangeFlag)


def units_of_product(
    step: MatrixProduct,
    places: tuple[Sequence[Address], Sequence[Address]],
    numbers: tuple[int, ...],
) -> Units | None:
    """Return the units of a product by panels: the rows of C, or the products of a batch.

    Returns None if rows of C do not follow from the same rows of A, or are better not divided.

    places   for each thread the addresses of A, the panels, C and the bands, if there are any
    numbers  as in `thread_split.panel_numbers`
    """
    size, is_batch = step.node.dtype.itemsize, step.batch > 1
    if not is_batch and (step.left_transposed or not rows_are_units(step)):
        return None
    elements = numbers[6:] if is_batch else (step.inner, 0, step.columns)
    steps = [each * size for each in elements] + [0] * (len(places[0]) - 3)
    written = range(2, len(places[0]))
    position = 5 if is_batch else 0
    count = step.batch if is_batch else step.rows
    return _units(places, numbers, (steps, [0] * len(steps)), written, count, position)


def units_of_copy(
    part: StridedPart, places: Sequence[Address], numbers: tuple[int, ...]
) -> Units | None:
    """Return the units of a strided copy, steps along its first axis; None if they overlap."""
    size = part.source.dtype.itemsize
    steps = part.read[0], part.write[0]
    starts = part.read_from, part.write_to
    strides = part.read[1:], part.write[1:]
    for step, start, others in zip(steps, starts, strides, strict=True):
        if min(others, default=0) < 0 or start + _sum_of(part.extents[1:], others) >= step:
            return None
    nbytes = [each * size for each in steps]
    before = [0, 0]
    return _units((places, places), numbers, (nbytes, before), (1,), part.extents[0])


def units_of_row_copy(places: Sequence[Address], rows: int, row: int) -> Units | None:
    """Return the units of a copy of rows of `row` bytes; `places` are target and source."""
    return _units((places, places), (rows, row), ([row, row], [0, 0]), (0,), rows)


def units_of_gate(
    kernel: GateKernel, arguments: Sequence[Arguments], sizes: Sequence[int], first: int
) -> Units | None:
    """Return the units of a gate's kernel, steps along its first extent; None if they share memory.

    arguments  those of one thread, or of each of two
    sizes      the bytes per element of the gate's operands, inputs and output
    first      the position of the first operand
    """
    is_apart = not (kernel.cell_bytes or kernel.elements or kernel.checked is not None)
    if not kernel.per_unit or not is_apart:
        return None
    steps = [n * size for n, size in zip(kernel.per_unit, sizes, strict=True)]
    end = len(arguments[0]) - len(kernel.extents)
    skipped = 0 if kernel.range_step else kernel.extents[0] // 2
    places = (
        _operands_before(arguments[0][:end], steps, first, 0),
        _operands_before(arguments[-1][:end], steps, first, skipped * (len(arguments) - 1)),
    )
    moved = [0] * first + steps + [0] * (end - first - len(steps))
    written = range(first + len(steps) - 1, end)
    if not kernel.range_step:
        return _units(places, kernel.extents, (moved, [0] * end), written, kernel.extents[0])
    count = kernel.extents[1] // kernel.range_step
    found = _units(places, (0, *kernel.extents[1:]), (moved, [0] * end), written, count)
    if found is None:
        return None
    numbers = (found.position, found.position + 1)
    moves = (kernel.range_step if at in numbers else 0 for at in range(len(found.steps)))
    return replace(found, moves=tuple(moves), range=kernel.range_step)


def _operands_before(
    arguments: Sequence[Argument], steps: Sequence[int], first: int, units: int
) -> list[Argument]:
    """Return arguments whose operands, from `first` on, begin some units before."""
    moved = list(arguments)
    for at, step in enumerate(steps, start=first):
        moved[at] = moved_by(moved[at], -units * step)
    return moved


def _units(
    places: tuple[Sequence[Argument], Sequence[Argument]],
    numbers: Sequence[Argument],
    moved: tuple[Sequence[int], Sequence[int]],
    written: Sequence[int],
    count: int,
    position: int = 0,
) -> Units | None:
    """Return units whose addresses come before their numbers, None if threads would share sums.

    moved     bytes per unit, and bytes before the address, of every address
    position  the position of the count among the numbers
    """
    (whole, other), (steps, starts) = places, moved
    for at in written:
        is_shared = not steps[at] and _is_same(whole[at], other[at])
        if is_shared and not _is_flag(whole[at]):
            return None
    rest = (0,) * len(numbers)
    return Units(
        count,
        len(whole) + position,
        (*whole, *numbers),
        (*other, *numbers),
        (*steps, *rest),
        (*starts, *rest),
        (*steps, *rest),
    )


def _reach(kernel: FusedKernelText, number: int) -> int:
    """Return the elements from the first to the last that a view accesses per unit."""
    if number not in kernel.views:
        return 0
    strides = kernel.views[number][1:]
    return _sum_of(kernel.extents[1:], strides) if min(strides, default=0) >= 0 else 1 << 62


def _sum_of(extents: Sequence[int], strides: Sequence[int]) -> int:
    """Return the elements from the first to the last of some axes."""
    return sum((n - 1) * each for n, each in zip(extents, strides, strict=True))
