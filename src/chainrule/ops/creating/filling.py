"""Tensors filled with one value."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Tensor, TensorLike, as_dtype, as_tensor, float64
from chainrule.graph.device import require_cpu
from chainrule.ops.creating.constants import Extents, dtype_of, filled, shape_of
from chainrule.ops.shaping import broadcast_to


def zeros(shape: Extents, dtype: Any = None, *, device: Any = None) -> Tensor:
    """Return a constant of zeros.

    shape   an extent, or one per axis
    dtype   float64 unless given
    device  None or "cpu"

    Raises ShapeError for a negative extent, DTypeError for an unsupported dtype.
    """
    require_cpu(device)
    return filled("zeros", shape, 0, dtype_of(dtype, float64))


def ones(shape: Extents, dtype: Any = None, *, device: Any = None) -> Tensor:
    """Return a constant of ones.

    shape   an extent, or one per axis
    dtype   float64 unless given
    device  None or "cpu"

    Raises ShapeError for a negative extent, DTypeError for an unsupported dtype.
    """
    require_cpu(device)
    return filled("ones", shape, 1, dtype_of(dtype, float64))


def empty(shape: Extents, dtype: Any = None, *, device: Any = None) -> Tensor:
    """Return a constant of zeros: tensors never change, so that there is nothing to fill in later.

    shape   an extent, or one per axis
    dtype   float64 unless given
    device  None or "cpu"

    Raises ShapeError for a negative extent, DTypeError for an unsupported dtype.
    """
    require_cpu(device)
    return filled("empty", shape, 0, dtype_of(dtype, float64))


def full(
    shape: Extents, fill_value: TensorLike, dtype: Any = None, *, device: Any = None
) -> Tensor:
    """Return a tensor that holds one value.

    shape       an extent, or one per axis
    fill_value  a number, or a tensor that broadcasts to the shape, through which gradients pass
    dtype       that of the value unless given: float64, int64 or bool for Python numbers
    device      None or "cpu"

    Raises ShapeError for a negative extent, RangeError for an integer that the dtype cannot hold.
    """
    require_cpu(device)
    if isinstance(fill_value, float | int):
        own = as_tensor(fill_value).dtype if dtype is None else as_dtype(dtype)
        return filled("full", shape, fill_value, own)
    value = as_tensor(fill_value)
    value = value if dtype is None else value.astype(dtype)
    return broadcast_to(value, shape_of("full", shape))


def zeros_like(x: TensorLike, dtype: Any = None, *, device: Any = None) -> Tensor:
    """Return a constant of zeros in the shape of `x`.

    dtype   that of `x` unless given
    device  None or "cpu"
    """
    x = as_tensor(x)
    return zeros(x.shape, dtype_of(dtype, x.dtype), device=device)


def ones_like(x: TensorLike, dtype: Any = None, *, device: Any = None) -> Tensor:
    """Return a constant of ones in the shape of `x`.

    dtype   that of `x` unless given
    device  None or "cpu"
    """
    x = as_tensor(x)
    return ones(x.shape, dtype_of(dtype, x.dtype), device=device)


def empty_like(x: TensorLike, dtype: Any = None, *, device: Any = None) -> Tensor:
    """Return a constant of zeros in the shape of `x`, as `empty` does.

    dtype   that of `x` unless given
    device  None or "cpu"
    """
    x = as_tensor(x)
    return empty(x.shape, dtype_of(dtype, x.dtype), device=device)


def full_like(
    x: TensorLike, fill_value: TensorLike, dtype: Any = None, *, device: Any = None
) -> Tensor:
    """Return a tensor that holds one value in the shape of `x`.

    fill_value  a number, or a tensor that broadcasts to the shape
    dtype       that of `x` unless given
    device      None or "cpu"
    """
    x = as_tensor(x)
    return full(x.shape, fill_value, dtype_of(dtype, x.dtype), device=device)
