"""Constants: the leaves that creation functions return, their shapes and dtypes."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import (
    Array,
    Constant,
    DType,
    RangeError,
    Shape,
    ShapeError,
    Tensor,
    as_dtype,
    current_trace,
)

Extents = int | Sequence[int]


def shape_of(function: str, extents: Extents) -> Shape:
    """Return the `shape` argument of a creation function as a tuple.

    Raises ShapeError for an extent that is negative or no integer.
    """
    given = tuple(extents) if isinstance(extents, Sequence | np.ndarray) else (extents,)
    try:
        shape = tuple(map(operator.index, given))
    except TypeError:
        shape = (-1,)
    if min(shape, default=0) < 0:
        raise ShapeError(
            f"{function} was asked for the shape {extents!r}. "
            "Give integers of 0 or more, one per axis."
        )
    return shape


def dtype_of(dtype: Any, otherwise: DType) -> DType:
    """Return the `dtype` argument of a creation function; `otherwise` for None."""
    return otherwise if dtype is None else as_dtype(dtype)


def filled(function: str, extents: Extents, value: Any, dtype: DType) -> Tensor:
    """Return a constant that holds one value.

    In a traced function it holds the value once, with strides of 0: the compiler repeats it where
    it is read, so that a large constant takes no memory.
    Raises RangeError for an integer outside the dtype.
    """
    shape = shape_of(function, extents)
    try:
        one = np.array(value, dtype)
    except OverflowError:
        raise RangeError(
            f"{function} was asked for the value {value!r} in {dtype}, which cannot hold it. "
            "Give another dtype."
        ) from None
    return Constant(_repeated(one, shape))


def _repeated(one: Array, shape: Shape) -> Array:
    if current_trace() is not None:
        return np.broadcast_to(one, shape)
    is_zero = not any(one.tobytes())
    return np.zeros(shape, one.dtype) if is_zero else np.full(shape, one)
