"""Parts of a tensor along one axis."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor, normalise_axis

Sections = int | Sequence[int]


def split(x: TensorLike, sections: Sections, axis: int = 0) -> list[Tensor]:
    """Return the parts of `x` along an axis, as NumPy's split does.

    sections  the number of equal parts, or the positions at which a new part begins

    Raises ShapeError if the extent is no multiple of the number of parts.
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim)
    if not isinstance(sections, Sequence | np.ndarray):
        count = _count("split", sections)
        if x.shape[axis] % count:
            raise ShapeError(
                f"split was asked for {count} equal parts of axis {axis} of {x.label} with shape "
                f"{x.shape}. Use cr.array_split for parts of different extents."
            )
    return array_split(x, sections, axis)


def array_split(x: TensorLike, sections: Sections, axis: int = 0) -> list[Tensor]:
    """Return the parts of `x` along an axis; the first parts may be longer by one element.

    sections  the number of parts, or the positions at which a new part begins

    Raises ShapeError for a number of parts below 1.
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim)
    if isinstance(sections, Sequence | np.ndarray):
        places = [0, *map(operator.index, sections)]
        ends: list[int | None] = [*places[1:], None]
        return [_part(x, axis, *each) for each in zip(places, ends, strict=True)]
    count = _count("array_split", sections)
    short, longer = divmod(x.shape[axis], count)
    extents = [short + 1] * longer + [short] * (count - longer)
    return [_part(x, axis, *each) for each in pairwise(accumulate(extents, initial=0))]


def chunk(x: TensorLike, chunks: int, axis: int = 0) -> list[Tensor]:
    """Return at most `chunks` parts of `x` along an axis, all but the last of one extent.

    Raises ShapeError for a number of parts below 1.
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim)
    extent = x.shape[axis]
    each = max(-(-extent // _count("chunk", chunks)), 1)
    return [_part(x, axis, start, start + each) for start in range(0, max(extent, 1), each)]


def hsplit(x: TensorLike, sections: Sections) -> list[Tensor]:
    """Return the parts of `x` along its second axis; of a vector, along its only axis."""
    x = as_tensor(x)
    return split(x, sections, min(x.ndim - 1, 1))


def vsplit(x: TensorLike, sections: Sections) -> list[Tensor]:
    """Return the parts of `x`, which has at least two axes, along its first axis."""
    return split(_with_axes("vsplit", x, 2), sections, 0)


def dsplit(x: TensorLike, sections: Sections) -> list[Tensor]:
    """Return the parts of `x`, which has at least three axes, along its third axis."""
    return split(_with_axes("dsplit", x, 3), sections, 2)


def unstack(x: TensorLike, axis: int = 0) -> tuple[Tensor, ...]:
    """Return the slices of `x` along an axis, without that axis: the inverse of `stack`.

    Raises ShapeError for an axis outside `x`.
    """
    x = as_tensor(x)
    before = (slice(None),) * normalise_axis(axis, x.ndim)
    return tuple(x[(*before, i)] for i in range(x.shape[len(before)]))


def _part(x: Tensor, axis: int, start: int, stop: int | None) -> Tensor:
    return x[(*(slice(None),) * axis, slice(start, stop))]


def _count(function: str, sections: int) -> int:
    count = operator.index(sections)
    if count < 1:
        raise ShapeError(f"{function} was asked for {count} parts. Ask for 1 or more.")
    return count


def _with_axes(function: str, x: TensorLike, least: int) -> Tensor:
    x = as_tensor(x)
    if x.ndim < least:
        raise ShapeError(
            f"{function} was given {x.label} with shape {x.shape}; it needs {least} axes or more."
        )
    return x
