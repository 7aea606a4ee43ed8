"""Reductions that ignore NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.graph import Axis, Primitive, Tensor, TensorLike, apply, as_tensor, normalise_axes
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import sqrt, stop_gradient
from chainrule.ops.predicates import isnan
from chainrule.ops.reducing import argmax, argmin, declare_extremum, max, min, prod
from chainrule.ops.where import where


def _filled(x: TensorLike, filling: float) -> Tensor:
    """Return `x` with a number in place of NaN."""
    x = as_tensor(x)
    return where(isnan(x), filling, x) if x.dtype.kind == "f" else x


def _count(x: Tensor, axis: Axis, keepdims: bool) -> Tensor:
    return (x == x).sum(axis, keepdims).astype(x.dtype)


def nansum(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the sum over `axis` of the elements that are not NaN; 0 without such elements.

    Arguments, dtypes and errors are those of `sum`.
    """
    return _filled(x, 0).sum(axis, keepdims)


def nanprod(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the product over `axis` of the elements that are not NaN; 1 without such elements.

    Arguments, dtypes and errors are those of `prod`.
    """
    return prod(_filled(x, 1), axis, keepdims)


def _beside_nan(position: Any, filling: float) -> Any:
    """Return a function of arrays: the position of the extremum among numbers."""
    return lambda x, axis: position(np.where(np.isnan(x), filling, x), axis=axis)


_NANMAX = declare_extremum(
    "nanmax",
    np.fmax.reduce,
    _beside_nan(np.argmax, -math.inf),
    lambda x, axis, keepdims: argmax(_filled(x, -math.inf), axis, keepdims),
    accepts="float",
)
_NANMIN = declare_extremum(
    "nanmin",
    np.fmin.reduce,
    _beside_nan(np.argmin, math.inf),
    lambda x, axis, keepdims: argmin(_filled(x, math.inf), axis, keepdims),
    accepts="float",
)


def _of_numbers(primitive: Primitive, x: Tensor, axis: Axis, keepdims: bool) -> Tensor:
    """Return an extremum of floats; NaN sends no gradient back."""
    found = apply(primitive, x, axis=normalise_axes(axis, x.ndim), keepdims=keepdims)
    return where(isnan(found), math.nan, found)


def nanmax(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest element over `axis` that is not NaN; NaN without such elements.

    Arguments, gradient and errors are those of `max`.
    """
    x = as_tensor(x)
    if x.dtype.kind != "f":
        return max(x, axis, keepdims)
    return _of_numbers(_NANMAX, x, axis, keepdims)


def nanmin(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the smallest element over `axis` that is not NaN; NaN without such elements.

    Arguments, gradient and errors are those of `max`.
    """
    x = as_tensor(x)
    if x.dtype.kind != "f":
        return min(x, axis, keepdims)
    return _of_numbers(_NANMIN, x, axis, keepdims)


def nanmean(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the mean over `axis` of the elements that are not NaN; NaN without such elements.

    Arguments and errors are those of `mean`.
    """
    x = as_float(x)
    return nansum(x, axis, keepdims) / _count(x, axis, keepdims)


def nanvar(
    x: TensorLike, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """Return the variance over `axis` of the elements that are not NaN, as `var` does."""
    x = as_float(x)
    is_number = x == x
    away = where(is_number, where(is_number, x, 0) - nanmean(x, axis, keepdims=True), 0)
    rest = away.sum(axis, keepdims=True) / _count(x, axis, keepdims=True)
    away = where(is_number, away - stop_gradient(rest), 0)
    return (away * away).sum(axis, keepdims) / (_count(x, axis, keepdims) - correction)


def nanstd(
    x: TensorLike, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Tensor:
    """Return the standard deviation over `axis` of the elements that are not NaN, as `std` does."""
    spread = nanvar(x, axis, correction, keepdims)
    still = spread == 0
    return where(still, 0, sqrt(where(still, 1, spread)))
