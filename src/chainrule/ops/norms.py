"""Norms of vectors, with finite gradients everywhere, also at 0."""

from __future__ import annotations

import math

from chainrule.graph import Axis, Tensor, TensorLike, normalise_axes
from chainrule.ops.arithmetic import abs
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import sqrt, stop_gradient
from chainrule.ops.reducing import max, min
from chainrule.ops.where import where


def norm(x: TensorLike, ord: float = 2, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the vector norm (Σ |x|^ord)^(1 / ord) over `axis` (all axes by default).

    ord       a number; infinity for the largest |x|, -infinity for the smallest, 0 for the number
              of elements that are not 0
    keepdims  whether reduced axes are kept with extent 1
    returns   a tensor, floating-point

    Elements are divided by the largest one, so that powers do not overflow. The gradient is 0 where
    the norm is 0 and for elements that are 0, as in PyTorch; of equal largest elements the first
    receives it. Raises ShapeError for an axis outside `x`.
    """
    x = as_float(x)
    axes = normalise_axes(axis, x.ndim)
    if ord == 0:
        return (x != 0).astype(x.dtype).sum(axes, keepdims)
    if ord == 1:
        return abs(x).sum(axes, keepdims)
    if math.isinf(ord):
        return (max if ord > 0 else min)(abs(x), axes, keepdims)
    unit = _unit(x, axes)
    total = _powers(x / unit, ord).sum(axes, keepdims)
    return _root(total, ord) * unit.reshape(total.shape)


def _unit(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Return the largest |x| if it is finite and not 0, else 1; axes are kept."""
    if not x.size:
        return (x == x).astype(x.dtype).sum(axes, keepdims=True) + 1
    largest = stop_gradient(max(abs(x), axes, keepdims=True))
    return where((largest > 0) & (largest < math.inf), largest, 1)


def _powers(x: Tensor, ord: float) -> Tensor:
    """Return |x|^ord with the slope 0 where x is 0."""
    if ord == 2:
        return x * x
    zero = x == 0
    return where(zero, _of_zero(ord), abs(where(zero, 1, x)) ** ord)


def _root(total: Tensor, ord: float) -> Tensor:
    """Return total^(1 / ord) with the slope 0 where it is 0."""
    none = total == _of_zero(ord)
    some = where(none, 1, total)
    return where(none, 0, sqrt(some) if ord == 2 else some ** (1 / ord))


def _of_zero(ord: float) -> float:
    return 0.0 if ord > 0 else math.inf
