"""Differences of neighbours, derivatives and integrals of sampled functions."""

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
    as_tensor,
    normalise_axes,
    normalise_axis,
)
from chainrule.ops.comparing import not_equal
from chainrule.ops.converting import as_float
from chainrule.ops.rearranging.axes import ravel
from chainrule.ops.reducing import cumulative_sum
from chainrule.ops.shaping import broadcast_to, concat


def diff(
    x: TensorLike,
    n: int = 1,
    axis: int = -1,
    prepend: TensorLike | None = None,
    append: TensorLike | None = None,
) -> Tensor:
    """Return the differences of neighbours along an axis, taken `n` times: x[i + 1] - x[i].

    prepend, append  what is joined to the start and the end of `x` first: a scalar, or a tensor
                     whose other extents are those of `x`

    Differences of bools are bools: whether neighbours differ. Raises ShapeError for a scalar,
    RangeError for a negative `n`.
    """
    x = as_tensor(x)
    axis, times = normalise_axis(axis, x.ndim), operator.index(n)
    if times < 0:
        raise RangeError(f"diff was asked to take differences {times} times. Give 0 or more.")
    if times == 0:
        return x
    ends = [None if each is None else _end(x, each, axis) for each in (prepend, append)]
    parts = [each for each in (ends[0], x, ends[1]) if each is not None]
    x = concat(parts, axis) if len(parts) > 1 else x
    for _ in range(times):
        after, before = _from(x, axis, 1), _from(x, axis, 0, -1)
        x = not_equal(after, before) if x.dtype.kind == "b" else after - before
    return x


def _end(x: Tensor, given: TensorLike, axis: int) -> Tensor:
    end = as_tensor(given, None if isinstance(given, Tensor | np.ndarray) else x.dtype)
    if end.ndim:
        return end
    return broadcast_to(end, tuple(1 if i == axis else n for i, n in enumerate(x.shape)))


def _from(x: Tensor, axis: int, start: int, stop: int | None = None) -> Tensor:
    return x[(*(slice(None),) * axis, slice(start, stop))]


def ediff1d(
    x: TensorLike, to_end: TensorLike | None = None, to_begin: TensorLike | None = None
) -> Tensor:
    """Return the differences of neighbours of the flattened `x`, between two vectors.

    to_end, to_begin  what is joined behind and before the differences
    """
    found = diff(ravel(x))
    parts = [None if each is None else ravel(as_tensor(each)) for each in (to_begin, to_end)]
    joined = [each for each in (parts[0], found, parts[1]) if each is not None]
    return concat(joined, 0) if len(joined) > 1 else found


def trapezoid(
    y: TensorLike, x: TensorLike | None = None, dx: TensorLike = 1.0, axis: int = -1
) -> Tensor:
    """Return the integral of samples over an axis by the trapezoidal rule.

        Σ (y[i] + y[i + 1]) / 2 · (x[i + 1] - x[i])

    y   (..., n, ...)
    x   the positions of the samples: a vector, or of the shape of `y`
    dx  the distance between samples if no positions are given

    Raises ShapeError for positions that do not fit.
    """
    return _trapezoids("trapezoid", y, x, dx, axis).sum(axis)


def cumulative_trapezoid(
    y: TensorLike, x: TensorLike | None = None, dx: TensorLike = 1.0, axis: int = -1
) -> Tensor:
    """Return the integrals up to every sample but the first, by the trapezoidal rule.

    Arguments and errors are those of `trapezoid`. The axis has one element less than that of `y`.
    """
    return cumulative_sum(_trapezoids("cumulative_trapezoid", y, x, dx, axis), axis)


def _trapezoids(
    function: str, y: TensorLike, x: TensorLike | None, dx: TensorLike, axis: int
) -> Tensor:
    """Return the areas between neighbouring samples."""
    y = as_float(y)
    axis = normalise_axis(axis, y.ndim)
    widths = as_tensor(dx, y.dtype) if not isinstance(dx, Tensor) else dx
    if x is not None:
        x = as_tensor(x)
        _require_positions(function, x, y, axis)
        widths = diff(x.reshape(_along(x, y, axis)), axis=axis) if x.ndim == 1 else diff(x, 1, axis)
    return (_from(y, axis, 1) + _from(y, axis, 0, -1)) * widths * 0.5


def _along(x: Tensor, y: Tensor, axis: int) -> list[int]:
    return [x.size if i == axis else 1 for i in range(y.ndim)]


def _require_positions(function: str, x: Tensor, y: Tensor, axis: int) -> None:
    fits = x.shape == y.shape or x.shape == y.shape[axis : axis + 1]
    if not fits:
        raise ShapeError(
            f"{function} was given positions {list(x.shape)} for axis {axis} of {y.label} with "
            f"shape {y.shape}. Give one per sample: a vector, or a tensor of that shape."
        )


def gradient(
    x: TensorLike, *spacing: Any, axis: Axis = None, edge_order: int = 1
) -> Tensor | tuple[Tensor, ...]:
    """Return the derivative of samples by central differences of second order.

    x           samples of a function
    spacing     nothing for a distance of 1; a distance for all axes; or one per axis, a distance
                or the positions of the samples, a vector of numbers
    axis        the axes to differentiate along, all by default
    edge_order  the order of the differences at the ends, 1 or 2
    returns     a tensor for one axis, else a tuple of one per axis

    For gradients of tensors see `cr.gradients`. Raises ShapeError for fewer than `edge_order` + 1
    samples along an axis, or for positions that do not fit.
    """
    x = as_float(x)
    axes = normalise_axes(axis, x.ndim)
    given = list(spacing) or [1.0]
    given = given * len(axes) if len(given) == 1 else given
    if len(given) != len(axes) or edge_order not in (1, 2):
        raise ShapeError(
            f"gradient was given {len(spacing)} distances for the axes {axes} and edge_order="
            f"{edge_order!r}. Give none, one or one per axis, and edge_order 1 or 2."
        )
    apart = [_distances(x, each, i) for each, i in zip(given, axes, strict=True)]
    found = tuple(_slope(x, each, i, edge_order) for each, i in zip(apart, axes, strict=True))
    return found[0] if len(found) == 1 else found


def _distances(x: Tensor, given: Any, axis: int) -> Array:
    """Return the distances between the samples of an axis, one per pair, or one for all pairs."""
    positions = np.asarray(given, np.float64)
    if positions.ndim == 0:
        return positions.reshape(1)
    if positions.shape != x.shape[axis : axis + 1]:
        raise ShapeError(
            f"gradient was given positions {list(positions.shape)} for axis {axis} of {x.label} "
            f"with shape {x.shape}. Give {x.shape[axis]} positions."
        )
    apart = np.diff(positions)
    return apart[:1] if apart.size and np.all(apart == apart[0]) else apart


def _slope(x: Tensor, apart: Array, axis: int, order: int) -> Tensor:
    extent = x.shape[axis]
    if extent <= order:
        raise ShapeError(
            f"gradient was asked of axis {axis} of {x.label} with shape {x.shape}, which needs "
            f"{order + 1} samples or more."
        )
    first, last = (apart[0], apart[min(1, apart.size - 1)]), (apart[-1], apart[-min(2, apart.size)])
    samples = [_from(x, axis, i, i + 1) for i in range(order + 1)]
    begin = _at_end(samples, *first)
    samples = [_from(x, axis, i, i + 1) for i in range(extent - 1, extent - 2 - order, -1)]
    end = _at_end(samples, *last)
    if extent == 2:
        return concat([begin, -end], axis)
    return concat([begin, _inside(x, apart, axis), -end], axis)


def _at_end(samples: Sequence[Tensor], near: float, far: float) -> Tensor:
    """Return the one-sided difference at the first of two or three samples."""
    if len(samples) == 2:
        return (samples[1] - samples[0]) / near
    a = -(2 * near + far) / (near * (near + far))
    b, c = (near + far) / (near * far), -near / (far * (near + far))
    return samples[0] * a + samples[1] * b + samples[2] * c


def _inside(x: Tensor, apart: Array, axis: int) -> Tensor:
    """Return the central differences of all samples but the first and the last."""
    before, here, after = (_from(x, axis, i, x.shape[axis] - 2 + i) for i in range(3))
    if apart.size == 1:
        return (after - before) * float(0.5 / apart[0])
    left, right = (
        as_tensor(each.reshape(-1, *(1,) * (x.ndim - axis - 1)), x.dtype)
        for each in (apart[:-1], apart[1:])
    )
    whole = left + right
    slope: Tensor = (
        after * (left / (right * whole))
        + here * ((right - left) / (left * right))
        - before * (right / (left * whole))
    )
    return slope
