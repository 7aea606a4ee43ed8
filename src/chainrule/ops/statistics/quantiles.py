"""Quantiles and medians."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np

from chainrule.graph import (
    Axis,
    RangeError,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
    is_float,
    normalise_axes,
)
from chainrule.ops.arithmetic import ceil, floor, round
from chainrule.ops.converting import as_float
from chainrule.ops.predicates import isnan
from chainrule.ops.rows import take_along_axis
from chainrule.ops.shaping import broadcast_to, permute_dims
from chainrule.ops.sorting.sort import sort
from chainrule.ops.where import maximum, where

Method = Literal["linear", "lower", "higher", "midpoint", "nearest"]


def median(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the median over `axis`: the middle element, or the mean of both middle elements.

    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1
    returns   a tensor, floating-point; NaN if an element is NaN

    The gradient goes to the middle elements. Raises ShapeError for an axis outside `x`, or one
    without elements.
    """
    ordered, shape = _ordered("median", x, axis, keepdims)
    count = ordered.shape[-1]
    middle = ordered[..., (count - 1) // 2 : count // 2 + 1].mean(-1)
    return where(isnan(ordered[..., -1]), math.nan, middle).reshape(shape)


def nanmedian(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the median over `axis` of the elements that are not NaN; NaN without such elements.

    Arguments and errors are those of `median`.
    """
    ordered, shape = _ordered("nanmedian", x, axis, keepdims)
    count = _numbers(ordered)
    low, high = (maximum(each, 0) for each in ((count - 1) // 2, count // 2))
    middle = (take_along_axis(ordered, low) + take_along_axis(ordered, high)) / 2
    return middle.reshape(shape)


def quantile(
    x: TensorLike,
    q: TensorLike,
    axis: Axis = None,
    keepdims: bool = False,
    method: Method = "linear",
) -> Tensor:
    """Return the quantiles `q` over `axis`.

    q         probabilities from 0 to 1: a number, or a vector, whose axis comes first in the result
    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1
    method    how to choose between two elements: "linear", "lower", "higher", "midpoint", "nearest"
    returns   a tensor, floating-point; NaN if an element is NaN

    The quantile is the element at the place q (n - 1) of the sorted elements. The gradient goes to
    the elements it is computed from. Raises RangeError for a probability outside 0 to 1, ShapeError
    for an axis outside `x`, or one without elements.
    """
    ordered, shape = _ordered("quantile", x, axis, keepdims)
    found = _quantiles(ordered, q, as_tensor(ordered.shape[-1]), method)
    missing = isnan(ordered[..., -1:])
    return _arranged(where(missing, math.nan, found), q, shape)


def nanquantile(
    x: TensorLike,
    q: TensorLike,
    axis: Axis = None,
    keepdims: bool = False,
    method: Method = "linear",
) -> Tensor:
    """Return the quantiles `q` over `axis` of the elements that are not NaN.

    Arguments and errors are those of `quantile`; NaN without such elements.
    """
    ordered, shape = _ordered("nanquantile", x, axis, keepdims)
    return _arranged(_quantiles(ordered, q, _numbers(ordered), method), q, shape)


def percentile(
    x: TensorLike,
    q: TensorLike,
    axis: Axis = None,
    keepdims: bool = False,
    method: Method = "linear",
) -> Tensor:
    """Return the percentiles `q`, from 0 to 100, over `axis`: the quantiles q / 100.

    Arguments and errors are those of `quantile`.
    """
    q = as_tensor(q)
    return quantile(x, (q if is_float(q.dtype) else as_float(q)) / 100, axis, keepdims, method)


def _ordered(
    name: str, x: TensorLike, axis: Axis, keepdims: bool
) -> tuple[Tensor, tuple[int, ...]]:
    """Return the sorted elements along one last axis, and the shape of the reduction."""
    x = as_float(x)
    axes = normalise_axes(axis, x.ndim)
    kept = tuple(i for i in range(x.ndim) if i not in axes)
    count = math.prod(x.shape[i] for i in axes)
    if not count:
        raise ShapeError(
            f"{name} was called on {x.label} with shape {x.shape} over axes {axes}, which have no "
            "elements. Check the data for emptiness."
        )
    flat = permute_dims(x, kept + axes).reshape(*(x.shape[i] for i in kept), count)
    extents = [1 if i in axes else n for i, n in enumerate(x.shape) if keepdims or i in kept]
    return sort(flat), tuple(extents)


def _numbers(ordered: Tensor) -> Tensor:
    """Return how many elements of each row are not NaN, with the axis kept."""
    return (ordered == ordered).sum(-1, keepdims=True)


def _quantiles(ordered: Tensor, q: TensorLike, count: Tensor, method: Method) -> Tensor:
    """Return (*rows, number of quantiles)."""
    if method not in get_args(Method):
        choices = ", ".join(get_args(Method))
        raise ValueError(f"quantile was given method={method!r}. Choose one of {choices}.")
    q = as_tensor(q)
    q = q.astype(ordered.dtype) if q.dtype.kind != "f" else q
    _require_probabilities(q)
    place = q.astype("float64").reshape(q.size) * maximum(count - 1, 0).astype("float64")
    if method in ("lower", "higher", "nearest"):
        chosen = {"lower": floor, "higher": ceil, "nearest": round}[method](place)
        return _picked(ordered, chosen)
    low = floor(place)
    part = (place - low).astype(ordered.dtype)
    if method == "midpoint":
        part = where(part > 0, 0.5, part)
    first, second = _picked(ordered, low), _picked(ordered, ceil(place))
    return where(part == 0, first, first + (second - first) * part)


def _picked(ordered: Tensor, place: Tensor) -> Tensor:
    """Return the elements at places (*rows, q) or (q,) of every row."""
    shape = (*ordered.shape[:-1], place.shape[-1])
    return take_along_axis(ordered, broadcast_to(place.astype("int64"), shape))


def _require_probabilities(q: Tensor) -> None:
    if q.ndim > 1:
        raise ShapeError(
            f"quantile was given probabilities of shape {q.shape}. Give a number or a vector."
        )
    if q.known and not np.all((q.peek() >= 0) & (q.peek() <= 1)):
        raise RangeError(
            f"quantile was given the probabilities {q.peek()}. Choose them from 0 to 1; "
            "percentile takes numbers from 0 to 100."
        )


def _arranged(found: Tensor, q: TensorLike, shape: tuple[int, ...]) -> Tensor:
    """Return quantiles with their axis first, or without it for a single one."""
    if not as_tensor(q).ndim:
        return found.reshape(shape)
    first = permute_dims(found, (found.ndim - 1, *range(found.ndim - 1)))
    return first.reshape(found.shape[-1], *shape)
