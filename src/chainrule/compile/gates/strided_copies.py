"""Moves: gates that put elements elsewhere, as copies with strides given at run time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from chainrule.compile.gates.lowerings import template_of
from chainrule.graph import Shape, Tensor
from chainrule.graph.lowering import Template


@dataclass(frozen=True)
class Part:
    """A strided copy from one input: an extent and two strides per axis, and two offsets."""

    source: Tensor
    extents: Shape
    read: Shape
    write: Shape
    read_from: int = 0
    write_to: int = 0


@dataclass(frozen=True, eq=False)
class Move:
    """A gate that copies, or adds up, elements of its inputs into places of its output.

    adds  whether elements are added to an output that is zero before; else only `cleared` says so
    """

    node: Tensor
    parts: tuple[Part, ...]
    cleared: bool = False
    adds: bool = False


def move_of(node: Tensor) -> Move | None:
    """Return `node` as strided copies, None if it is none."""
    template = template_of(node)
    if template not in MOVES or node.size == 0:
        return None
    move = MOVES[template](node)
    return replace(move, parts=tuple(each for each in move.parts if each.source.size))


def strides_of(shape: Shape) -> Shape:
    """Return how many elements one step along each axis of a contiguous array is."""
    return tuple(accumulate(shape[:0:-1], int.__mul__, initial=1))[::-1] if shape else ()


def simplified(part: Part) -> Part:
    """Return the same copy over fewer axes: those of extent 1 left out, regular pairs made one."""
    axes: list[tuple[int, int, int]] = []
    for extent, read, write in zip(part.extents, part.read, part.write, strict=True):
        if extent == 1:
            continue
        joins = axes and (axes[-1][1], axes[-1][2]) == (read * extent, write * extent)
        if joins:
            axes[-1] = (axes[-1][0] * extent, read, write)
        else:
            axes.append((extent, read, write))
    extents, reads, writes = zip(*(axes or [(1, 1, 1)]), strict=True)
    return Part(part.source, extents, reads, writes, part.read_from, part.write_to)


def halves_of_part(part: Part, worthwhile: int) -> list[Part]:
    """Return a part in two if it moves many elements and its halves write to different places.

    They do if one step along the first axis passes everything that the other axes reach.
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


def _permute(node: Tensor) -> Move:
    (x,) = node.inputs
    strides = strides_of(x.shape)
    read = tuple(strides[axis] for axis in node.attributes["axes"])
    return Move(node, (Part(x, node.shape, read, strides_of(node.shape)),))


def _regular(shape: Shape, starts: Sequence[int], steps: Sequence[int]) -> tuple[Shape, int]:
    strides = strides_of(shape)
    moved = tuple(stride * step for stride, step in zip(strides, steps, strict=True))
    return moved, sum(stride * start for stride, start in zip(strides, starts, strict=True))


def _slice(node: Tensor) -> Move:
    (x,) = node.inputs
    read, offset = _regular(x.shape, node.attributes["starts"], node.attributes["steps"])
    return Move(node, (Part(x, node.shape, read, strides_of(node.shape), offset),))


def _pad(node: Tensor) -> Move:
    (x,) = node.inputs
    write, offset = _regular(node.shape, node.attributes["starts"], node.attributes["steps"])
    part = Part(x, x.shape, strides_of(x.shape), write, 0, offset)
    return Move(node, (part,), cleared=True)


def _concat(node: Tensor) -> Move:
    axis, write = node.attributes["axis"], strides_of(node.shape)
    parts, start = [], 0
    for x in node.inputs:
        parts.append(Part(x, x.shape, strides_of(x.shape), write, 0, start * write[axis]))
        start += x.shape[axis]
    return Move(node, tuple(parts))


def _window_strides(shape: Shape, node: Tensor) -> Shape:
    """Return the strides of windows over an array of `shape`: leading axes, places, elements."""
    strides, count = strides_of(shape), len(node.attributes["size"])
    lead, last = strides[: len(strides) - count], strides[len(strides) - count :]
    stride, dilation = node.attributes["stride"], node.attributes["dilation"]
    places = tuple(s * each for s, each in zip(last, stride, strict=True))
    return (*lead, *places, *(s * each for s, each in zip(last, dilation, strict=True)))


def _windows(node: Tensor) -> Move:
    (x,) = node.inputs
    part = Part(x, node.shape, _window_strides(x.shape, node), strides_of(node.shape))
    return Move(node, (part,))


def _add_windows(node: Tensor) -> Move:
    (w,) = node.inputs
    part = Part(w, w.shape, strides_of(w.shape), _window_strides(node.shape, node))
    return Move(node, (part,), cleared=True, adds=True)


MOVES: dict[Template, Callable[[Tensor], Move]] = {
    "permute": _permute,
    "slice": _slice,
    "pad": _pad,
    "concat": _concat,
    "windows": _windows,
    "add windows": _add_windows,
}
