"""Types of arrays, shapes and dtypes; the promotion of dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph.errors import DTypeError

DType = np.dtype[Any]
Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

bool_: DType = np.dtype(np.bool_)
int32: DType = np.dtype(np.int32)
int64: DType = np.dtype(np.int64)
float32: DType = np.dtype(np.float32)
float64: DType = np.dtype(np.float64)

PROMOTION: tuple[DType, ...] = (bool_, int32, int64, float32, float64)
_RANK = {dtype: rank for rank, dtype in enumerate(PROMOTION)}
_SMALLER_INTEGERS = frozenset(map(np.dtype, ("int8", "int16", "uint8", "uint16", "uint32")))
_OF_PYTHON = {bool: bool_, int: int64, float: float64}


def as_dtype(dtype: Any) -> DType:
    """Return the dtype for a NumPy dtype, a type or a name such as `"float32"`.

    Raises DTypeError for an unsupported dtype.
    """
    try:
        found: DType = np.dtype(dtype)
    except TypeError as error:
        raise DTypeError(f"{dtype!r} does not name a dtype. {_SUPPORTED}") from error
    if found not in _RANK:
        raise DTypeError(f"The dtype {found} is not supported. {_SUPPORTED}")
    return found


def kept_as(dtype: DType) -> DType:
    """Return the dtype of a tensor made from an array: int64 for smaller integers, such as uint8.

    Raises DTypeError for an unsupported dtype.
    """
    return int64 if dtype in _SMALLER_INTEGERS else as_dtype(dtype)


def promote(*dtypes: DType) -> DType:
    """Return the promoted dtype of `dtypes`: the one that comes last in `PROMOTION`.

    Inside one kind this is the table of the Array API standard. For mixed kinds, which the standard
    leaves undefined, an integer takes the dtype of the float, as in PyTorch and JAX, so that
    integer data does not turn a float32 model into a float64 one.
    """
    return max(dtypes, key=_RANK.__getitem__)


def promote_scalar(scalar: type, dtype: DType) -> DType:
    """Return the dtype of a Python bool, int or float beside a tensor of `dtype`.

    A Python number is weak: it takes the dtype of the tensor unless its kind ranks higher
    (bool < int < float).
    """
    own = _OF_PYTHON[scalar]
    kinds = "bif"
    return dtype if kinds.index(own.kind) <= kinds.index(dtype.kind) else own


def is_float(dtype: DType) -> bool:
    """Return whether the dtype is floating-point, so that gradients exist."""
    return dtype.kind == "f"


_SUPPORTED = (
    "chainrule computes in "
    + ", ".join(dtype.name for dtype in PROMOTION)
    + "; convert the array first, for example with array.astype('float32')."
)
