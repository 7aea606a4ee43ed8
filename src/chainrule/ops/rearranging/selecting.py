"""Parts of a tensor, and elements by conditions."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from chainrule.graph import (
    DTypeError,
    RangeError,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
    normalise_axis,
)
from chainrule.ops.rows import take
from chainrule.ops.where import where
from chainrule.ops.windows import windows


def select(
    conditions: Sequence[TensorLike], choices: Sequence[TensorLike], default: TensorLike = 0
) -> Tensor:
    """Return, for every element, the choice of the first condition that is true.

    conditions  bools, one tensor per choice
    choices     tensors that broadcast against each other and the conditions
    default     the element where no condition is true

    The dtype is the promoted one of the choices. For PyTorch's select write `x[:, index]`. Raises
    ShapeError unless there are as many conditions as choices, at least one.
    """
    if len(conditions) != len(choices) or not choices:
        raise ShapeError(
            f"select was given {len(conditions)} conditions and {len(choices)} choices. Give one "
            "choice per condition."
        )
    *before, last = zip(conditions, choices, strict=True)
    found = where(*last, default)
    for condition, choice in reversed(before):
        found = where(condition, choice, found)
    return found


def narrow(x: TensorLike, axis: int, start: int, length: int) -> Tensor:
    """Return `length` elements of an axis of `x`, from `start` on.

    Raises RangeError for elements outside the axis.
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim)
    extent, first, count = x.shape[axis], operator.index(start), operator.index(length)
    begin = first + extent if first < 0 else first
    if begin < 0 or count < 0 or begin + count > extent:
        raise RangeError(
            f"narrow was asked for {count} elements from {first} on of axis {axis} of {x.label} "
            f"with shape {x.shape}. They must lie inside the axis."
        )
    return x[(*(slice(None),) * axis, slice(begin, begin + count))]


def index_select(x: TensorLike, axis: int, ids: TensorLike) -> Tensor:
    """Return the slices of `x` at the positions `ids`, a vector, along an axis.

    Raises RangeError for an id outside the axis, ShapeError for ids with several axes.
    """
    ids = as_tensor(ids)
    if ids.ndim > 1:
        raise ShapeError(
            f"index_select was given ids {list(ids.shape)}. Give a vector, or use cr.take."
        )
    return take(x, ids.reshape(ids.size), axis)


def masked_fill(x: TensorLike, mask: TensorLike, value: TensorLike) -> Tensor:
    """Return `x` with the elements at which `mask` is true replaced by a value.

    mask   bools that broadcast against `x`
    value  a number or a scalar tensor, in the dtype of `x`

    Raises DTypeError for a mask of another dtype.
    """
    x, mask = as_tensor(x), as_tensor(mask)
    if mask.dtype.kind != "b":
        raise DTypeError(
            f"masked_fill was given a mask of {mask.dtype}. Compare first, for example x > 0."
        )
    return where(mask, as_tensor(value, x.dtype), x)


def unfold(x: TensorLike, axis: int, size: int, step: int = 1) -> Tensor:
    """Return all windows over one axis; their elements are the last axis of the result.

    x        (..., extent, ...)
    returns  (..., places, ..., size) with places = (extent - size) // step + 1

    Raises ShapeError if no window fits.
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim)
    rest = (1,) * (x.ndim - axis - 1)
    found = windows(x, (size, *rest), (step, *rest))
    return found.reshape(*found.shape[: x.ndim], size)
