"""Questions answered by bools: whether all, whether any, whether finite."""

from __future__ import annotations

from chainrule.graph import Axis, Tensor, TensorLike, as_tensor, bool_, int64
from chainrule.ops.arithmetic import abs
from chainrule.ops.converting import as_float
from chainrule.ops.reducing import prod


def all(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether every element over `axis` is true (not zero); true where there is none."""
    return prod(as_tensor(x).astype(bool_).astype(int64), axis, keepdims) == 1


def any(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether some element over `axis` is true (not zero); false where there is none."""
    return as_tensor(x).astype(bool_).sum(axis, keepdims) > 0


def isnan(x: TensorLike) -> Tensor:
    """Return, element by element, whether `x` is not a number."""
    x = as_tensor(x)
    return x != x


def isinf(x: TensorLike) -> Tensor:
    """Return, element by element, whether `x` is plus or minus infinity."""
    return abs(as_float(x)) == float("inf")


def isfinite(x: TensorLike) -> Tensor:
    """Return, element by element, whether `x` is neither infinite nor NaN."""
    return abs(as_float(x)) < float("inf")
