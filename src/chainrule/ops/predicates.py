"""Predicates: all, any, isnan, isinf, isfinite."""

from __future__ import annotations

from chainrule.graph import Axis, Tensor, TensorLike, as_tensor, bool_, is_float
from chainrule.ops.arithmetic import abs
from chainrule.ops.comparing import logical_not
from chainrule.ops.reducing import max, min


def all(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether all elements over `axis` are true (not zero), as bools.

    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1

    True without elements. Raises ShapeError for an axis outside `x`.
    """
    flags = as_tensor(x).astype(bool_)
    if flags.size:
        return min(flags, axis, keepdims)
    return logical_not(flags).sum(axis, keepdims) == 0


def any(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether any element over `axis` is true (not zero), as bools.

    Arguments are those of `all`. False without elements.
    """
    flags = as_tensor(x).astype(bool_)
    return max(flags, axis, keepdims) if flags.size else flags.sum(axis, keepdims) > 0


def isnan(x: TensorLike) -> Tensor:
    """Return whether `x` is NaN, element by element, as bools."""
    x = as_tensor(x)
    return x != x


def isinf(x: TensorLike) -> Tensor:
    """Return whether `x` is plus or minus infinity, element by element, as bools."""
    x = as_tensor(x)
    return abs(x) == float("inf") if is_float(x.dtype) else x != x


def isfinite(x: TensorLike) -> Tensor:
    """Return whether `x` is neither infinite nor NaN, element by element, as bools."""
    x = as_tensor(x)
    return abs(x) < float("inf") if is_float(x.dtype) else x == x
