"""Index keys that select many positions: arrays of ids, and masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph.dtypes import Array, DType, as_dtype, int64, is_integer
from chainrule.graph.errors import DTypeError, RangeError, ShapeError, UnboundInputError
from chainrule.graph.node import Node
from chainrule.graph.operators import Operators

Ids = Any  # a NumPy array, or a tensor whose value is unknown or can change
_PLAIN = frozenset((int, slice, type(None), type(Ellipsis)))


def is_ids(key: Any) -> bool:
    """Return whether a key, after `as_ids`, is an array or a tensor."""
    return isinstance(key, (np.ndarray, Operators))


def as_ids(key: Any, x: Node) -> Any:
    """Return an array or a tensor for a key that holds ids or a mask; other keys unchanged.

    Raises DTypeError for an array that is neither of integers nor of bools.
    """
    if type(key) in _PLAIN:
        return key
    if isinstance(key, list | range):
        key = _listed(key)
    elif isinstance(key, Operators):
        key = _constant(key)
    elif not isinstance(key, np.generic) and hasattr(key, "__array__"):
        key = np.asarray(key)
    if not is_ids(key):
        return key
    if key.dtype.kind not in "iub":
        raise DTypeError(
            f"{x.label} was indexed with an array of dtype {key.dtype}. Ids are integers, masks "
            "are bools: convert with astype('int64') or compare."
        )
    if not isinstance(key, np.ndarray):
        return key
    if not key.ndim:
        return key.item()
    return key.astype(int64, copy=False) if is_integer(as_dtype(key.dtype)) else key


def _listed(key: Sequence[Any]) -> Array:
    if any(isinstance(each, Operators) and not each.weak for each in key):
        raise DTypeError(
            "A tensor was indexed with a list that holds tensors. Join them with cr.stack([...]); "
            "one index per axis is a tuple, x[i, j]."
        )
    try:
        return np.asarray(key, None if len(key) else np.int64)
    except ValueError as error:
        raise ShapeError(
            f"A tensor was indexed with a list whose items differ in shape: {error}."
        ) from None


def numbered_as(dtype: DType) -> DType:
    """Return the dtype of ids counted from the front: int64 for ids too small for any axis."""
    return dtype if dtype.itemsize >= 4 or dtype.kind == "u" else int64


def _constant(key: Any) -> Any:
    """Return the array of a tensor whose value cannot change, other tensors unchanged."""
    return key if key.tracked or not key.known else key.peek()


def axes_of(key: Any) -> int:
    """Return the number of axes that a key indexes."""
    if key is None or key is Ellipsis:
        return 0
    return int(key.ndim) if is_ids(key) and key.dtype.kind == "b" else 1


def positions_of(x: Node, mask: Ids, axis: int) -> Ids:
    """Return the flat positions (count,) of the true elements of a mask.

    Raises ShapeError for a mask of another shape than its axes, UnboundInputError for a mask
    without a value.
    """
    if mask.ndim == 0:
        raise ShapeError(
            f"{x.label} was indexed with one bool. Use a mask of the shape of its leading axes, or "
            "cr.where(condition, x, other)."
        )
    if mask.shape != x.shape[axis : axis + mask.ndim]:
        raise ShapeError(
            f"{x.label} with shape {x.shape} was indexed with a mask of shape {mask.shape} from "
            f"axis {axis} on. A mask has the shape of the axes that it indexes."
        )
    if isinstance(mask, np.ndarray):
        return np.flatnonzero(mask)
    if not mask.known:
        raise UnboundInputError(
            f"{x.label} was indexed with the mask {mask.label}, which has no value while the graph "
            "is built, so that the shape of the result is not known. Use cr.where(mask, x, 0), "
            "which keeps the shape, or a mask that is an array."
        )
    count = int(np.count_nonzero(mask.peek()))
    return x._gate("true_positions", mask, count=count)


def from_front(x: Node, ids: Ids, axis: int, alone: bool) -> Ids:
    """Return ids as numbers from 0; raises RangeError for known ids outside the axis.

    alone  whether the index holds no other ids, so that the lookup checks the range at run time
    """
    size = x.shape[axis]
    if isinstance(ids, np.ndarray):
        return ids if _is_from_front(ids, size) else counted_from_front(ids, size, axis, x.label)
    if alone and ids.known and _is_from_front(ids.peek(), size):
        return ids
    return x._gate("count_from_front", ids, size=size, axis=axis, of=x.label)


def _is_from_front(ids: Array, size: int) -> bool:
    return not ids.size or bool(ids.min() >= 0 and ids.max() < size)


def counted_from_front(ids: Array, size: int, axis: int, of: str) -> Array:
    """Return ids from -size to size - 1 as numbers from 0; raises RangeError for other ids."""
    outside = np.argwhere((ids < -size) | (ids >= size))
    if len(outside):
        position = tuple(map(int, outside[0]))
        raise RangeError(
            f"The id {ids[position]} at position {position} is outside axis {axis} of {of}, which "
            f"has size {size}. Choose from {-size} to {size - 1}."
            if size
            else f"The id {ids[position]} at position {position} points into axis {axis} of {of}, "
            "which has no elements."
        )
    if ids.dtype.kind == "u":
        return ids
    wide = ids.astype(numbered_as(ids.dtype), copy=False)
    return np.where(wide < 0, wide + size, wide)
