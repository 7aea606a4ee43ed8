"""Gradients of slices: their sum as one concatenation, and slices of concatenations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from chainrule.graph import Tensor, apply
from chainrule.ops.arithmetic import add
from chainrule.ops.shaping import CONCAT, PAD, concat


def sum_slice_gradients(gradients: Sequence[Tensor]) -> Tensor | None:
    """Return the sum of `pad` gates, the gradients of slices of one axis, as one concatenation.

    Adding them would read the whole tensor once per slice. Return None for other gates, and for
    ranges that overlap without being equal.
    """
    axes = {_padded_axis(each) for each in gradients}
    axis = axes.pop()
    if axes or axis is None:
        return None
    parts = _sum_per_range(gradients, axis)
    starts = [start for start, _ in parts]
    stops = [start + part.shape[axis] for start, part in parts]
    if any(stop > start for stop, start in zip(stops, starts[1:], strict=False)):
        return None
    begins, ends = [0, *stops[:-1]], [*stops[:-1], gradients[0].shape[axis]]
    filled = [
        _padded(part, axis, start - begin, end - begin)
        for (start, part), begin, end in zip(parts, begins, ends, strict=True)
    ]
    return concat(filled, axis)


def _sum_per_range(gradients: Sequence[Tensor], axis: int) -> list[tuple[int, Tensor]]:
    """Return the start of each range and the sum of its gradients, in order."""
    ranges: dict[tuple[int, int], list[Tensor]] = {}
    for each in gradients:
        part = each.inputs[0]
        ranges.setdefault((each.attributes["starts"][axis], part.shape[axis]), []).append(part)
    return [(start, reduce(add, ranges[start, extent])) for start, extent in sorted(ranges)]


def _padded_axis(node: Tensor) -> int | None:
    """Return the only axis along which a `pad` adds zeros; None for other nodes."""
    if node.primitive is not PAD or any(step != 1 for step in node.attributes["steps"]):
        return None
    pairs = zip(node.shape, node.inputs[0].shape, strict=True)
    grown = [i for i, (after, before) in enumerate(pairs) if after != before]
    return grown[0] if len(grown) == 1 else None


def _padded(part: Tensor, axis: int, start: int, extent: int) -> Tensor:
    if part.shape[axis] == extent:
        return part
    shape = (*part.shape[:axis], extent, *part.shape[axis + 1 :])
    starts = tuple(start if i == axis else 0 for i in range(part.ndim))
    return apply(PAD, part, shape=shape, starts=starts, steps=(1,) * part.ndim)


def slice_of(x: Tensor, start: int, stop: int) -> Tensor | None:
    """Return x[start:stop] of a vector, taken from a part if `x` is a concatenation.

    Return None if the range lies in the padding of `x`, and is zero.
    """
    pieces = _pieces(x)
    if pieces is None or start == stop:
        return x[start:stop]
    met = [(at, each) for at, each in pieces if at < stop and at + each.size > start]
    if not met:
        return None
    at, piece = met[0]
    if len(met) == 1 and at <= start and at + piece.size >= stop:
        return slice_of(piece, start - at, stop - at)
    if all(_within(at, each, start, stop) is None for at, each in met):
        return None
    return x[start:stop]


def _within(at: int, piece: Tensor, start: int, stop: int) -> Tensor | None:
    return slice_of(piece, max(start - at, 0), min(stop - at, piece.size))


def _pieces(x: Tensor) -> list[tuple[int, Tensor]] | None:
    """Return the parts of a padded or concatenated vector with their starts; None for others."""
    if x.primitive is PAD and x.attributes["steps"] == (1,):
        return [(x.attributes["starts"][0], x.inputs[0])]
    if x.primitive is not CONCAT:
        return None
    pieces, at = [], 0
    for each in x.inputs:
        pieces.append((at, each))
        at += each.size
    return pieces
