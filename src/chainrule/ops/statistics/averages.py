"""Weighted averages, ranges of values, and the most frequent value."""

from __future__ import annotations

import numpy as np

from chainrule.graph import (
    Axis,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
    normalise_axes,
    normalise_axis,
)
from chainrule.ops.converting import as_float
from chainrule.ops.cumulative.cumulative_extremes import cummax
from chainrule.ops.reducing import argmax, max, min
from chainrule.ops.rows import take_along_axis
from chainrule.ops.shaping import broadcast_to, concat, squeeze
from chainrule.ops.sorting.sort import argsort
from chainrule.ops.where import where


def average(
    x: TensorLike, axis: Axis = None, weights: TensorLike | None = None, keepdims: bool = False
) -> Tensor:
    """Return the weighted average over `axis`: Σ w x / Σ w.

    axis      one axis, several, or None for all
    weights   of the shape of `x`, or (n,) for one axis of extent n; None for equal weights
    keepdims  whether reduced axes are kept with extent 1
    returns   a tensor, floating-point; NaN where the weights sum to 0

    Raises ShapeError for weights of another shape, or an axis outside `x`.
    """
    x = as_float(x)
    if weights is None:
        return x.mean(axis, keepdims)
    weights = _weights(as_tensor(weights), x, normalise_axes(axis, x.ndim))
    return (x * weights).sum(axis, keepdims) / weights.sum(axis, keepdims)


def _weights(weights: Tensor, x: Tensor, axes: tuple[int, ...]) -> Tensor:
    if weights.shape == x.shape:
        return weights
    if len(axes) != 1 or weights.shape != (x.shape[axes[0]],):
        raise ShapeError(
            f"average was given {x.label} {list(x.shape)} and weights {list(weights.shape)} over "
            f"axes {axes}. Give weights of the shape of the tensor, or of one axis."
        )
    placed = weights.reshape([n if i in axes else 1 for i, n in enumerate(x.shape)])
    return broadcast_to(placed, x.shape)


def aminmax(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> tuple[Tensor, Tensor]:
    """Return the smallest and the largest element over `axis`.

    Arguments, gradient and errors are those of `max`.
    """
    return min(x, axis, keepdims), max(x, axis, keepdims)


def ptp(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest minus the smallest element over `axis`.

    Arguments, gradient and errors are those of `max`.
    """
    return max(x, axis, keepdims) - min(x, axis, keepdims)


def mode(x: TensorLike, axis: int = -1, keepdims: bool = False) -> tuple[Tensor, Tensor]:
    """Return the most frequent element along `axis`, and the id of its last occurrence.

    returns  the value in the dtype of `x` and the id, int64

    Of equally frequent elements the smallest is taken, as in PyTorch. Every NaN is a value of its
    own. Raises ShapeError for an axis outside `x`, or one without elements.
    """
    x = as_tensor(x)
    at = normalise_axis(axis, x.ndim)
    order = argsort(x, at)
    lengths = _run_lengths(take_along_axis(x, order, at), at)
    ids = take_along_axis(order, argmax(lengths, at, keepdims=True), at)
    values = take_along_axis(x, ids, at)
    return (values, ids) if keepdims else (squeeze(values, at), squeeze(ids, at))


def _run_lengths(ordered: Tensor, axis: int) -> Tensor:
    """Return the number of equal elements that end at each place of a sorted axis."""
    whole = (slice(None),) * axis
    differs = ordered[(*whole, slice(1, None))] != ordered[(*whole, slice(None, -1))]
    shape = tuple(1 if i == axis else n for i, n in enumerate(ordered.shape))
    starts = concat([np.ones(shape, bool), differs], axis)
    places = np.arange(ordered.shape[axis]).reshape(-1, *(1,) * (ordered.ndim - 1 - axis))
    begun = cummax(where(starts, places, 0), axis)[0]
    return 1 - begun + places
