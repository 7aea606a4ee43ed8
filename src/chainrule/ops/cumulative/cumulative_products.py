"""Cumulative products."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import (
    Array,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
    int64,
    is_integer,
    normalise_axis,
)
from chainrule.ops.cumulative.recurrence import linear_recurrence, moved
from chainrule.ops.long_sums import wide
from chainrule.ops.shaping import concat


def _infer(x: Tensor, *, axis: int) -> tuple[Shape, DType]:
    return x.shape, int64 if is_integer(x.dtype) else x.dtype


def _numpy(x: Array, *, axis: int) -> Array:
    dtype = int64 if is_integer(x.dtype) else x.dtype
    return np.cumprod(x, axis, wide(dtype)).astype(dtype, copy=False)


def _rule(g: Tensor, y: Tensor, x: Tensor, *, axis: int) -> Tensor:
    if not x.size:
        return g
    later = linear_recurrence(moved(x, axis, -1, 0.0), g, axis, reverse=True)
    return later * moved(y, axis, 1, 1.0)


def _tangent(tangents: tuple[Tensor, ...], y: Tensor, x: Tensor, *, axis: int) -> Tensor:
    if not x.size:
        return tangents[0]
    return linear_recurrence(x, tangents[0] * moved(y, axis, 1, 1.0), axis)


CUMULATIVE_PROD = declare(
    Primitive(
        name="cumulative_prod",
        family="reduction",
        accepts="number",
        promotes=(0,),
        infer=_infer,
        numpy=_numpy,
        lowering="running product",
        vjp=(_rule,),
        jvp=_tangent,
        jacobian="dense",
        notation=Notation("cumprod({})"),
        says="multiplies: an element receives every later upstream gradient times the other "
        "factors of that product",
        branch=None,
        examples=(
            Example((Operand((4,)),), {"axis": 0}),
            Example((Operand((2, 3)),), {"axis": 1}),
            Example((Operand((3, 2)),), {"axis": 0}),
            Example((Operand((0, 3)),), {"axis": 0}),
        ),
    )
)


def cumulative_prod(
    x: TensorLike, axis: int | None = 0, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """Return the cumulative product along `axis`.

    axis             an axis; None for the flattened tensor
    dtype            the dtype that `x` is converted to first
    include_initial  whether a 1 comes before the products, which makes the axis longer by one
    returns          a tensor of the dtype of `x`; int64 for integers and bools

    float32 products are carried in float64. The gradient needs no division, so that it is exact for
    zeros. Raises ShapeError for an axis outside `x`.
    """
    x = as_tensor(x) if dtype is None else as_tensor(x).astype(dtype)
    x = x.astype(int64) if x.dtype.kind == "b" else x
    if axis is None:
        x, axis = x.reshape(x.size), 0
    at = normalise_axis(axis, x.ndim)
    y = apply(CUMULATIVE_PROD, x, axis=at)
    y = y if dtype is None else y.astype(dtype)
    if not include_initial:
        return y
    return concat([np.ones((*y.shape[:at], 1, *y.shape[at + 1 :]), y.dtype), y], at)
