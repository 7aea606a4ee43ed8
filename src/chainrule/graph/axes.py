"""Normal forms of axes and basic indices."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph.dtypes import Shape
from chainrule.graph.errors import RangeError, ShapeError

Axis = int | Sequence[int] | None


def normalise_axis(axis: int, ndim: int) -> int:
    """Return `axis` as a number from 0 to `ndim` - 1; raises ShapeError for another axis."""
    try:
        position = operator.index(axis)
    except TypeError:
        raise ShapeError(f"Axis {axis!r} was given. An axis is an integer.") from None
    if not -ndim <= position < ndim:
        raise ShapeError(
            f"Axis {position} was given for a tensor with {ndim} axes. Choose one from {-ndim} to "
            f"{ndim - 1}."
            if ndim
            else f"Axis {position} was given for a scalar, which has no axes. Leave it out."
        )
    return position % ndim


def normalise_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the sorted axes of an `axis` argument: None for all, one axis, or several.

    Raises ShapeError for an axis outside `ndim`, or one given twice.
    """
    if axis is None:
        return tuple(range(ndim))
    asked = (axis,) if not isinstance(axis, Sequence) else tuple(axis)
    axes = tuple(sorted(normalise_axis(each, ndim) for each in asked))
    if len(set(axes)) < len(axes):
        raise ShapeError(f"The axes {asked} name one axis twice. Name each axis once.")
    return axes


class BasicIndex(NamedTuple):
    """`x[key]` as a regular slice of every axis, followed by a reshape."""

    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    steps: tuple[int, ...]
    shape: Shape


def parse_index(keys: Sequence[Any], shape: Shape) -> BasicIndex:
    """Convert integers, slices and None into a slice of every axis of a tensor of `shape`.

    keys  one per axis, and None for new axes

    Raises RangeError for an integer outside its axis, ShapeError for a key of another kind.
    """
    starts, lengths, steps, kept = [], [], [], []
    axis = 0
    for each in keys:
        if each is None:
            kept.append(1)
            continue
        start, length, step = _slice_of(each, shape[axis], axis)
        starts.append(start)
        lengths.append(length)
        steps.append(step)
        if isinstance(each, slice):
            kept.append(length)
        axis += 1
    return BasicIndex(tuple(starts), tuple(lengths), tuple(steps), tuple(kept))


def without_ellipsis(
    keys: Sequence[Any], ndim: int, axes_of: Callable[[Any], int]
) -> tuple[Any, ...]:
    """Return keys for all `ndim` axes, with '...' and missing keys replaced by whole slices.

    axes_of  the number of axes that a key indexes

    A '...' that indexes no axis is kept, since it separates arrays. Raises ShapeError for too many
    indices.
    """
    used = sum(map(axes_of, keys))
    if used > ndim:
        raise ShapeError(
            f"{used} indices were given for a tensor with {ndim} axes. Give at most one per axis."
        )
    fill = (slice(None),) * (ndim - used)
    places = [i for i, each in enumerate(keys) if each is Ellipsis]
    if not places:
        return (*keys, *fill)
    if len(places) > 1:
        raise ShapeError("An index may hold one '...', not several.")
    return (*keys[: places[0]], *(fill or (Ellipsis,)), *keys[places[0] + 1 :])


def _slice_of(key: Any, size: int, axis: int) -> tuple[int, int, int]:
    if isinstance(key, slice):
        start, stop, step = key.indices(size)
        return start, len(range(start, stop, step)), step
    try:
        if isinstance(key, bool | np.bool_):
            raise TypeError
        position = operator.index(key)
    except TypeError:
        raise ShapeError(
            f"A tensor was indexed on axis {axis} with {type(key).__name__} {key!r}. "
            "Use integers, slices, '...', None, arrays of ids, or masks of bools of the shape of "
            "the axes that they index; cr.where(mask, x, 0) keeps the shape."
        ) from None
    if not -size <= position < size:
        raise RangeError(
            f"Index {position} is outside axis {axis}, which has size {size}. "
            f"Choose one from {-size} to {size - 1}."
        )
    return position % size, 1, 1
