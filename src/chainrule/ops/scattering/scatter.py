"""Scattering of values into a tensor by ids along an axis."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from chainrule.graph import (
    Array,
    DType,
    RangeError,
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    normalise_axis,
    promote,
)
from chainrule.ops.arithmetic import floor_divide
from chainrule.ops.ids import operand_labels
from chainrule.ops.put import put
from chainrule.ops.rows import add_along_axis, add_rows, take_along_axis
from chainrule.ops.scattering.scatter_gates import SCATTER_MAX, SCATTER_MIN, SCATTER_PROD
from chainrule.ops.shaping import broadcast_to
from chainrule.ops.where import maximum, where

Reduce = Literal["update", "add", "mean", "prod", "max", "min"]
_GATES = {"prod": SCATTER_PROD, "max": SCATTER_MAX, "min": SCATTER_MIN}


def scatter(
    x: TensorLike,
    ids: TensorLike,
    values: TensorLike,
    axis: int = -1,
    reduce: Reduce = "update",
    include_self: bool = True,
) -> Tensor:
    """Return `x` with `values` reduced into its elements at `ids` along `axis`.

    ids           integers from 0 to size - 1, one per value
    values        of the shape of `x` apart from `axis`; values and ids broadcast with each other.
                  Along another axis they may be shorter than `x`: the first elements are meant
    reduce        "update": replace, of equal ids the last value is kept; "add", "mean", "prod",
                  "max" or "min"
    include_self  whether the elements of `x` at the ids take part; elsewhere `x` is unchanged
    returns       a tensor of the shape of `x`, in the promoted dtype of `x` and `values`

    Equal extrema share the gradient evenly, as in PyTorch and JAX. The gradient of a product needs
    no division. The mean of integers is rounded down. Raises RangeError for an id outside the axis,
    ShapeError or DTypeError for operands that do not fit, ValueError for another reduction.
    """
    if reduce not in get_args(Reduce):
        choices = ", ".join(get_args(Reduce))
        raise ValueError(f"scatter was given reduce={reduce!r}. Choose one of {choices}.")
    x, values, ids = as_tensor(x), as_tensor(values), as_tensor(ids)
    at = normalise_axis(axis, x.ndim)
    common = promote(x.dtype, values.dtype)
    x, values = x.astype(common), values.astype(common)
    values, ids = _broadcast(values, ids)
    part = _part(x, ids, at)
    if part is not None:
        return put(x, part, scatter(x[part], ids, values, at, reduce, include_self))
    try:
        return _reduced(x, ids, values, at, reduce, include_self)
    except RangeError as error:
        raise RangeError(f"{error} {operand_labels(ids, x)}") from None


def _part(x: Tensor, ids: Tensor, axis: int) -> tuple[slice, ...] | None:
    """Return the index of the part of `x` that shorter ids reach; None if they reach all of it."""
    if ids.ndim != x.ndim:
        return None
    extents = [min(a, b) for a, b in zip(x.shape, ids.shape, strict=True)]
    extents[axis] = x.shape[axis]
    return None if tuple(extents) == x.shape else tuple(map(slice, extents))


def _broadcast(values: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
    try:
        shape = np.broadcast_shapes(values.shape, ids.shape)
    except ValueError:
        raise ShapeError(
            f"scatter was given values {values.label} {list(values.shape)} and ids {ids.label} "
            f"{list(ids.shape)}, which do not broadcast. Give one id per value."
        ) from None
    return broadcast_to(values, shape), broadcast_to(ids, shape)


def _reduced(
    x: Tensor, ids: Tensor, values: Tensor, axis: int, reduce: Reduce, include_self: bool
) -> Tensor:
    size = x.shape[axis]
    if reduce == "update":
        return _updated(x, ids, values, axis)
    if reduce in _GATES:
        start = x if include_self else where(_is_hit(ids, size, axis), _neutral(x, reduce), x)
        return apply(_GATES[reduce], start, values, ids, axis=axis)
    start = x if include_self else where(_is_hit(ids, size, axis), _neutral(x, "add"), x)
    total = start + add_along_axis(values, ids, size, axis)
    if reduce == "add":
        return total
    count = _counts(ids, size, axis) + (1 if include_self else 0)
    count = maximum(count, 1).astype(x.dtype)
    return total / count if x.dtype.kind == "f" else floor_divide(total, count)


def _counts(ids: Tensor, size: int, axis: int) -> Tensor:
    return add_along_axis(np.ones(ids.shape, np.int64), ids, size, axis)


def _is_hit(ids: Tensor, size: int, axis: int) -> Tensor:
    return _counts(ids, size, axis) > 0


def _neutral(x: Tensor, reduce: str) -> Array:
    return neutral_element(reduce, x.dtype)


def neutral_element(reduce: str, dtype: DType) -> Array:
    """Return the element that a reduction ignores, in a dtype."""
    if reduce in ("add", "prod"):
        return np.asarray(int(reduce == "prod"), dtype)
    if dtype.kind == "f":
        return np.asarray(-np.inf if reduce == "max" else np.inf, dtype)
    limits = np.iinfo(dtype)
    return np.asarray(limits.min if reduce == "max" else limits.max, dtype)


def _updated(x: Tensor, ids: Tensor, values: Tensor, axis: int) -> Tensor:
    """Return `x` with elements replaced: the last value of each id is found by a maximum."""
    if not values.size:
        return x
    shape = [1] * ids.ndim
    shape[axis] = ids.shape[axis]
    numbers = broadcast_to(np.arange(ids.shape[axis]).reshape(shape), ids.shape)
    last = apply(SCATTER_MAX, np.full(x.shape, -1), numbers, ids, axis=axis)
    return where(last < 0, x, take_along_axis(values, maximum(last, 0), axis))


def index_add(x: TensorLike, ids: TensorLike, rows: TensorLike, axis: int = 0) -> Tensor:
    """Return `x` with `rows` added at `ids` along `axis`.

    ids      (n,), integers from 0 to size - 1; rows of equal ids are summed
    rows     of the shape of `x` with extent n along `axis`
    returns  a tensor of the shape of `x`

    Raises RangeError for an id outside the axis, ShapeError or DTypeError for operands that do not
    fit.
    """
    x = as_tensor(x)
    at = normalise_axis(axis, x.ndim)
    return x + add_rows(rows, ids, x.shape[at], at)
