"""Counts of integers and of bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import (
    DTypeError,
    ShapeError,
    Tensor,
    TensorLike,
    UnboundInputError,
    as_tensor,
)
from chainrule.ops.converting import as_float
from chainrule.ops.reducing import max, min
from chainrule.ops.rows import add_rows
from chainrule.ops.sorting.searching import searchsorted
from chainrule.ops.where import where


def bincount(
    x: TensorLike,
    weights: TensorLike | None = None,
    minlength: int = 0,
    length: int | None = None,
) -> Tensor:
    """Return how often each integer from 0 on occurs in `x`, or the sums of its weights.

    x          (n,), integers, not negative
    weights    (n,), or None to count
    minlength  the smallest length of the result, which otherwise is the largest integer + 1
    length     the length of the result; a compiled function needs it
    returns    int64, or the dtype of the weights

    Raises RangeError for an integer outside, UnboundInputError where the length is needed,
    DTypeError for elements that are not integers.
    """
    x = as_tensor(x)
    if x.ndim != 1 or x.dtype.kind not in "iu":
        raise DTypeError(
            f"bincount takes integers of one axis but was given {x.label} {x.dtype}"
            f"{list(x.shape)}. Convert with x.astype('int64').reshape(-1)."
        )
    terms = np.ones(x.shape, np.int64) if weights is None else weights
    return add_rows(terms, x, _length(x, minlength) if length is None else length)


def _length(x: Tensor, minlength: int) -> int:
    if not x.known:
        raise UnboundInputError(
            "bincount was given integers without a value, so that the length of its result is not "
            "known while the graph is built. Give length=."
        )
    largest = int(x.peek().max(initial=-1)) + 1
    return largest if largest > minlength else minlength


def histogram(
    x: TensorLike,
    bins: int | TensorLike = 10,
    range: Sequence[float] | None = None,
    weights: TensorLike | None = None,
    density: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return the number of elements in each bin, or the sums of their weights, and the edges.

    bins     the number of bins of equal width, or the edges (n + 1,) in ascending order
    range    the lowest and the highest edge; those of the elements unless given
    weights  of the shape of `x`, or None to count
    density  True: divided by the total and the widths, so that the integral is 1
    returns  (n,), int64 or the dtype of the weights, and edges (n + 1,)

    A bin includes its lower edge, the last bin also its upper one; elements outside are not
    counted. The gradient goes to the weights. Raises ShapeError for weights of another shape.
    """
    x = as_tensor(x)
    flat = x.reshape(x.size)
    edges = _edges(flat, bins, range)
    terms = as_tensor(np.ones(x.size, np.int64)) if weights is None else as_tensor(weights)
    if terms.size != x.size:
        raise ShapeError(
            f"histogram was given {x.label} {list(x.shape)} and weights {list(terms.shape)}. Give "
            "one weight per element."
        )
    count = edges.size - 1
    values = flat.astype(edges.dtype)
    place = searchsorted(edges, values, "right") - 1
    place = where(values == edges[-1], count - 1, place)
    is_inside = (values >= edges[0]) & (values <= edges[-1])
    terms = where(is_inside, terms.reshape(x.size), 0)
    totals = add_rows(terms, where(is_inside, place, 0), count)
    if not density:
        return totals, edges
    return totals / totals.sum() / (edges[1:] - edges[:-1]), edges


def _edges(x: Tensor, bins: int | TensorLike, range: Sequence[float] | None) -> Tensor:
    """Return the edges of the bins."""
    if not isinstance(bins, int):
        return as_float(bins)
    if bins < 1:
        raise ShapeError(f"histogram was asked for {bins} bins. Choose 1 or more.")
    wide = as_float(x)
    if range is not None:
        low, high = (as_tensor(each, wide.dtype) for each in range)
    elif x.size:
        low, high = min(wide), max(wide)
    else:
        low, high = as_tensor(0.0, wide.dtype), as_tensor(1.0, wide.dtype)
    is_point = low == high
    low, high = where(is_point, low - 0.5, low), where(is_point, high + 0.5, high)
    steps = np.arange(bins + 1)
    return where(steps == bins, high, low + (high - low) / bins * steps.astype(wide.dtype))
