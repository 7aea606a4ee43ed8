"""Replacement of elements: the functional form of `x[index] = value`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array, RangeError, ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.rows import add_rows, first_occurrence, take, within
from chainrule.ops.shaping import broadcast_to, concat, flip
from chainrule.ops.where import where


def put(x: TensorLike, index: Any, value: TensorLike) -> Tensor:
    """Return `x` with the elements at `index` replaced: the functional form of `x[index] = value`.

    index    an index of NumPy for an array of the shape of `x`: slices, ids from -size to
             size - 1, a bool mask. In a compiled function also a tensor that depends on arguments:
             ids of the first axis, or a mask
    value    a number or tensor that broadcasts to the indexed part, or to `x` for such a mask
    returns  a tensor of the shape and dtype of `x`

    For equal ids the last value is kept. Raises RangeError for an id outside its axis, ShapeError
    for a value that does not broadcast.
    """
    x = as_tensor(x)
    if not isinstance(index, Tensor) or index.known:
        return _put_at(x, _places(x, index), value)
    if index.dtype.kind == "b":
        return where(index.reshape(*index.shape, *(1,) * (x.ndim - index.ndim)), value, x)
    return _put_rows(x, index, value)


def _places(x: Tensor, index: Any) -> Array:
    """Return the positions in the flattened `x` of the elements at `index`."""
    numbers = np.arange(x.size).reshape(x.shape)
    try:
        return np.asarray(numbers[index.read() if isinstance(index, Tensor) else index])
    except IndexError as error:
        raise RangeError(
            f"put was given an index that does not fit {x.label} with shape {x.shape}: {error}. "
            "Ids of an axis run from -size to size - 1."
        ) from None


def _put_at(x: Tensor, places: Array, value: TensorLike) -> Tensor:
    new = _spread(x, places.shape, value)
    source = np.arange(x.size)
    source[places.reshape(-1)] = x.size + np.arange(places.size)
    return take(concat([x.reshape(x.size), new.reshape(new.size)]), source).reshape(x.shape)


def _put_rows(x: Tensor, ids: Tensor, value: TensorLike) -> Tensor:
    """Replace rows at ids that are known at run time; for equal ids the last row is kept."""
    size, row = x.shape[0], x.shape[1:]
    new = _spread(x, (*ids.shape, *row), value).reshape(ids.size, *row)
    flat = ids.reshape(ids.size).astype("int64")
    from_the_end = (flat < 0) & (flat >= -size)
    flat = within("put", where(from_the_end, flat + size, flat), size)
    order = np.arange(ids.size)
    is_last = flip(first_occurrence(flip(flat, 0)), 0) == order[::-1]
    further = where(is_last, order + size - flat, 0)
    source = add_rows(further, flat, size) + np.arange(size)
    return take(concat([x, new]), source)


def _spread(x: Tensor, shape: tuple[int, ...], value: TensorLike) -> Tensor:
    given = as_tensor(value, x.dtype)
    try:
        fits = np.broadcast_shapes(given.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"put was given a value of shape {given.shape} for a part of shape {shape} of "
            f"{x.label}. It must broadcast to the part."
        )
    return broadcast_to(given, shape)
