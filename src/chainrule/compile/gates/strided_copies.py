"""Strided copies: gates that put elements at other positions, with strides given at run time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from chainrule.compile.gates.aliases_of_inputs import start_of_slice
from chainrule.compile.gates.lowerings import template_of
from chainrule.graph import Shape, Tensor

_SHORTEST_ROW, _WIDEST_STEP = 32, 4


@dataclass(frozen=True)
class StridedPart:
    """A strided copy from one input.

    source      the input
    extents     the extent of every axis of the copy
    read        elements per step along each axis in the source
    write       elements per step along each axis in the output
    read_from   the first element that is read
    write_to    the first element that is written
    """

    source: Tensor
    extents: Shape
    read: Shape
    write: Shape
    read_from: int = 0
    write_to: int = 0


@dataclass(frozen=True, eq=False)
class StridedCopy:
    """A gate computed by copying, or adding, elements of its inputs to its output.

    cleared  whether the output is set to zero first
    adds     whether elements are added to the output rather than copied
    """

    node: Tensor
    parts: tuple[StridedPart, ...]
    cleared: bool = False
    adds: bool = False


def strides_of(shape: Shape) -> Shape:
    """Return the number of elements per step along each axis of a contiguous array."""
    return tuple(accumulate(shape[:0:-1], int.__mul__, initial=1))[::-1] if shape else ()


def simplified(part: StridedPart) -> StridedPart:
    """Return the same copy with fewer axes: without axes of extent 1, adjacent axes merged.

    An axis that is read backwards is written backwards instead, unless it is the last one, so that
    a rotation is copied in tiles as a transpose is.
    """
    axes: list[tuple[int, int, int]] = []
    part = _read_forwards(part)
    for extent, read, write in zip(part.extents, part.read, part.write, strict=True):
        if extent == 1:
            continue
        joins = axes and (axes[-1][1], axes[-1][2]) == (read * extent, write * extent)
        if joins:
            axes[-1] = (axes[-1][0] * extent, read, write)
        else:
            axes.append((extent, read, write))
    extents, reads, writes = zip(*(axes or [(1, 1, 1)]), strict=True)
    return StridedPart(part.source, extents, reads, writes, part.read_from, part.write_to)


def _read_forwards(part: StridedPart) -> StridedPart:
    """Return the same copy, with every axis but the last read forwards."""
    read, write, read_from, write_to = (
        list(part.read),
        list(part.write),
        part.read_from,
        part.write_to,
    )
    for axis, extent in enumerate(part.extents[:-1]):
        if read[axis] < 0:
            read_from += (extent - 1) * read[axis]
            write_to += (extent - 1) * write[axis]
            read[axis], write[axis] = -read[axis], -write[axis]
    return StridedPart(part.source, part.extents, tuple(read), tuple(write), read_from, write_to)


def ranges_around(step: StridedCopy) -> list[tuple[int, int]]:
    """Return the ranges of the output, first and end, that are set to zero before a copy.

    Where elements are copied to one range, these are what is before and after it.
    """
    size, parts = step.node.size, [simplified(each) for each in step.parts]
    if step.adds or len(parts) != 1 or parts[0].write != (1,):
        return [(0, size)]
    start, (extent,) = parts[0].write_to, parts[0].extents
    return [each for each in ((0, start), (start + extent, size)) if each[0] < each[1]]


def split_part(part: StridedPart, worthwhile: int) -> list[StridedPart]:
    """Return a part in two if it copies many elements and the two write different positions.

    They do if one step along the first axis is longer than the reach of all other axes.

    worthwhile  the number of elements from which a split pays
    """
    count, *others = part.extents
    reach = sum((n - 1) * abs(w) for n, w in zip(others, part.write[1:], strict=True))
    is_small = count * math.prod(others) < worthwhile
    if is_small or count < 2 or abs(part.write[0]) <= reach:
        return [part]
    cut = count // 2
    first = replace(part, extents=(cut, *others))
    second = replace(
        part,
        extents=(count - cut, *others),
        read_from=part.read_from + cut * part.read[0],
        write_to=part.write_to + cut * part.write[0],
    )
    return [first, second]


def cleared_ranges(step: StridedCopy, parts: Sequence[StridedPart]) -> list[Shape]:
    """Return which elements every part clears, row by row; nothing if the output is cleared first.

    A row is what one step along the first axis skips. Every part has three numbers: the first
    element of its first row, and the first and the last element that it clears.

    parts  the only copy of the step, in one part or two
    """
    first = parts[0]
    inner = sum((n - 1) * w for n, w in zip(first.extents[1:], first.write[1:], strict=True))
    row, is_forward = first.write[0], min(first.write) > 0
    fits = is_forward and len(first.extents) > 1 and first.write_to % row + inner < row
    if step.adds or len(step.parts) != 1 or not fits:
        return []
    starts = [each.write_to // row * row for each in parts]
    return [
        (start, start if start > starts[0] else 0, end)
        for start, end in zip(starts, [*starts[1:], step.node.size], strict=True)
    ]


def is_slice(node: Tensor) -> bool:
    """Return whether `node` is a slice that has elements."""
    return template_of(node) == "slice" and node.size > 0


def is_near_slice(node: Tensor) -> bool:
    """Return whether `node` is a slice that a kernel of its readers should read in place.

    Rows that are short, or whose elements are far from each other, are copied first. A contiguous
    slice is an alias.
    """
    if not is_slice(node) or node.ndim == 0 or start_of_slice(node) is not None:
        return False
    return abs(node.attributes["steps"][-1]) <= _WIDEST_STEP and node.shape[-1] >= _SHORTEST_ROW


def reads_slices_in_place(node: Tensor) -> bool:
    """Return whether `node` is a copy that reads slices among its inputs in place."""
    return template_of(node) in ("concat", "permute") and node.size > 0


def _read(x: Tensor) -> tuple[Tensor, Shape, int]:
    """Return where a copy reads an input: of a slice, its input; the strides, and the offset."""
    if not is_slice(x):
        return x, strides_of(x.shape), 0
    return x.inputs[0], *slice_strides(x)


def slice_strides(node: Tensor) -> tuple[Shape, int]:
    """Return the strides and the offset of a slice in the memory of its input."""
    return _regular(node.inputs[0].shape, node.attributes["starts"], node.attributes["steps"])


def permute_copy(node: Tensor) -> StridedCopy:
    """Return the copy that permutes axes."""
    source, strides, offset = _read(node.inputs[0])
    read = tuple(strides[axis] for axis in node.attributes["axes"])
    part = StridedPart(source, node.shape, read, strides_of(node.shape), offset)
    return StridedCopy(node, (part,))


def _regular(shape: Shape, starts: Sequence[int], steps: Sequence[int]) -> tuple[Shape, int]:
    """Return the strides and the offset of a slice of an array of `shape`."""
    strides = strides_of(shape)
    moved = tuple(stride * step for stride, step in zip(strides, steps, strict=True))
    return moved, sum(stride * start for stride, start in zip(strides, starts, strict=True))


def slice_copy(node: Tensor) -> StridedCopy:
    """Return the copy of a strided slice."""
    read, offset = slice_strides(node)
    part = StridedPart(node.inputs[0], node.shape, read, strides_of(node.shape), offset)
    return StridedCopy(node, (part,))


def pad_copy(node: Tensor) -> StridedCopy:
    """Return the copy into an output of zeros."""
    (x,) = node.inputs
    write, offset = _regular(node.shape, node.attributes["starts"], node.attributes["steps"])
    part = StridedPart(x, x.shape, strides_of(x.shape), write, 0, offset)
    return StridedCopy(node, (part,), cleared=True)


def concat_copy(node: Tensor) -> StridedCopy:
    """Return one part per input, each written behind the one before."""
    axis, write = node.attributes["axis"], strides_of(node.shape)
    parts, start = [], 0
    for x in node.inputs:
        source, read, offset = _read(x)
        parts.append(StridedPart(source, x.shape, read, write, offset, start * write[axis]))
        start += x.shape[axis]
    return StridedCopy(node, tuple(parts))


def _window_strides(shape: Shape, node: Tensor) -> Shape:
    """Return the strides of windows over an array of `shape`: leading axes, positions, elements."""
    strides, count = strides_of(shape), len(node.attributes["size"])
    lead, last = strides[: len(strides) - count], strides[len(strides) - count :]
    stride, dilation = node.attributes["stride"], node.attributes["dilation"]
    places = tuple(s * each for s, each in zip(last, stride, strict=True))
    return (*lead, *places, *(s * each for s, each in zip(last, dilation, strict=True)))


def windows_copy(node: Tensor) -> StridedCopy:
    """Return the copy of all windows of an array."""
    (x,) = node.inputs
    part = StridedPart(x, node.shape, _window_strides(x.shape, node), strides_of(node.shape))
    return StridedCopy(node, (part,))


def add_windows_copy(node: Tensor) -> StridedCopy:
    """Return the addition of windows to the positions they were taken from."""
    (w,) = node.inputs
    part = StridedPart(w, w.shape, strides_of(w.shape), _window_strides(node.shape, node))
    return StridedCopy(node, (part,), cleared=True, adds=True)
