"""Reductions that ignore NaN."""

from __future__ import annotations

import math

from chainrule.graph import Axis, Tensor, TensorLike, as_tensor
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import sqrt, stop_gradient
from chainrule.ops.predicates import all, isnan
from chainrule.ops.reducing import max, min, prod
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


def nanmax(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest element over `axis` that is not NaN; NaN without such elements.

    Arguments, gradient and errors are those of `max`.
    """
    x = as_tensor(x)
    found = max(_filled(x, -math.inf), axis, keepdims)
    return found if x.dtype.kind != "f" else where(all(isnan(x), axis, keepdims), math.nan, found)


def nanmin(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the smallest element over `axis` that is not NaN; NaN without such elements.

    Arguments, gradient and errors are those of `max`.
    """
    x = as_tensor(x)
    found = min(_filled(x, math.inf), axis, keepdims)
    return found if x.dtype.kind != "f" else where(all(isnan(x), axis, keepdims), math.nan, found)


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
