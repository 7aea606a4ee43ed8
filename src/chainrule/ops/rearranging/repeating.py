"""Elements moved round, and repeated."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import (
    Array,
    Axis,
    RangeError,
    ShapeError,
    Tensor,
    TensorLike,
    UnboundInputError,
    as_tensor,
    normalise_axis,
)
from chainrule.ops.rows import take
from chainrule.ops.shaping import broadcast_to, concat


def roll(x: TensorLike, shift: int | Sequence[int], axis: Axis = None) -> Tensor:
    """Return `x` with elements moved along axes; those that leave the end enter at the start.

    shift  the number of places, for each axis, or one for all
    axis   the axes; None moves the elements of the flattened tensor

    Raises ShapeError for an axis outside `x`, or for other counts.
    """
    x = as_tensor(x)
    if axis is None:
        flat = x.reshape(x.size)
        return _rolled(flat, _sum_of(shift), 0).reshape(x.shape)
    axes = list(axis) if isinstance(axis, Sequence) else [axis]
    shifts = list(shift) if isinstance(shift, Sequence) else [shift] * len(axes)
    axes = axes * len(shifts) if len(axes) == 1 else axes
    if len(shifts) != len(axes):
        raise ShapeError(
            f"roll was given the shifts {shift} for the axes {axis}. Give one shift per axis."
        )
    for each, places in zip(axes, shifts, strict=True):
        x = _rolled(x, operator.index(places), normalise_axis(each, x.ndim))
    return x


def _sum_of(shift: int | Sequence[int]) -> int:
    return sum(shift) if isinstance(shift, Sequence) else operator.index(shift)


def _rolled(x: Tensor, shift: int, axis: int) -> Tensor:
    extent = x.shape[axis]
    start = -shift % extent if extent else 0
    if start == 0:
        return x
    before = (slice(None),) * axis
    return concat([x[(*before, slice(start, None))], x[(*before, slice(start))]], axis)


def repeat(x: TensorLike, repeats: Any, axis: int | None = None) -> Tensor:
    """Return `x` with every element along an axis repeated in place.

    repeats  how often: a number, or one per element of the axis, 0 or more. The numbers determine
             the shape, so they cannot depend on arguments of a compiled function
    axis     an axis; None repeats the elements of the flattened tensor

    Raises ShapeError for an axis outside `x` or another count, RangeError for a negative number.
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = x.reshape(x.size), 0
    axis = normalise_axis(axis, x.ndim)
    counts = _counts(repeats)
    if counts.dtype.kind not in "iu" or counts.ndim > 1 or counts.min(initial=0) < 0:
        raise RangeError(
            f"repeat was given {repeats!r}. Give an integer of 0 or more, or a vector of them."
        )
    if counts.size == 1:
        return _each_repeated(x, int(counts.item()), axis)
    if counts.size != x.shape[axis]:
        raise ShapeError(
            f"repeat was given {counts.size} numbers for axis {axis} of {x.label} with shape "
            f"{x.shape}. Give one number, or {x.shape[axis]}."
        )
    return take(x, np.repeat(np.arange(counts.size), counts), axis)


def _counts(repeats: Any) -> Array:
    """Return the numbers as an array; raises UnboundInputError if they have no value yet."""
    if not isinstance(repeats, Tensor):
        return np.asarray(repeats)
    if not repeats.known and not repeats.weak:
        raise UnboundInputError(
            f"repeat was given {repeats.label}, which has no value while the graph is built, but "
            "it determines the shape of the result. Give numbers, or an array from outside."
        )
    return np.asarray(repeats.item() if repeats.size == 1 else repeats.read())


def _each_repeated(x: Tensor, times: int, axis: int) -> Tensor:
    before, extent, after = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    spread = broadcast_to(x.reshape(*before, extent, 1, *after), (*before, extent, times, *after))
    return spread.reshape(*before, extent * times, *after)


def tile(x: TensorLike, repetitions: int | Sequence[int]) -> Tensor:
    """Return `x` repeated as a whole along its axes.

    repetitions  how often along each axis, the last numbers for the last axes; missing numbers
                 are 1, further ones add axes

    Raises RangeError for a negative number.
    """
    x = as_tensor(x)
    times = list(map(operator.index, np.asarray(repetitions).reshape(-1)))
    if min(times, default=0) < 0:
        raise RangeError(f"tile was asked to repeat {repetitions} times. Give 0 or more.")
    times = [1] * (x.ndim - len(times)) + times
    shape = [1] * (len(times) - x.ndim) + list(x.shape)
    apart = [n for extent in shape for n in (1, extent)]
    spread = [n for pair in zip(times, shape, strict=True) for n in pair]
    whole = [count * extent for count, extent in zip(times, shape, strict=True)]
    return broadcast_to(x.reshape(apart), spread).reshape(whole)
