"""Types of arrays, shapes and dtypes; the promotion of dtypes."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from chainrule.graph.errors import DTypeError

DType = np.dtype[Any]
Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

bool_: DType = np.dtype(np.bool_)
int8: DType = np.dtype(np.int8)
uint8: DType = np.dtype(np.uint8)
int16: DType = np.dtype(np.int16)
uint16: DType = np.dtype(np.uint16)
int32: DType = np.dtype(np.int32)
uint32: DType = np.dtype(np.uint32)
int64: DType = np.dtype(np.int64)
float32: DType = np.dtype(np.float32)
float64: DType = np.dtype(np.float64)

PROMOTION: tuple[DType, ...] = (
    *(bool_, int8, uint8, int16, uint16, int32, uint32, int64),
    *(float32, float64),
)
"""All dtypes, in an order in which none promotes to an earlier one."""

_DTYPES = frozenset(PROMOTION)
_OF_PYTHON = {bool: bool_, int: int64, float: float64}
_RANKS = {"b": 0, "i": 1, "u": 1, "f": 2}
_INSTEAD = {
    "float16": "There is no float16: convert with array.astype('float32').",
    "bfloat16": "There is no bfloat16: convert with array.astype('float32').",
    "uint64": "There is no uint64: if the values fit, convert with array.astype('int64').",
    **dict.fromkeys(
        ("complex64", "complex128"),
        "There are no complex numbers: use two tensors, array.real and array.imag.",
    ),
}


def as_dtype(dtype: Any) -> DType:
    """Return the dtype for a NumPy dtype, a type or a name such as `"float32"`.

    Raises DTypeError for an unsupported dtype.
    """
    try:
        found: DType = np.dtype(dtype)
    except TypeError as error:
        if dtype in _INSTEAD:
            raise DTypeError(f"The dtype {dtype} is not supported. {_INSTEAD[dtype]}") from None
        raise DTypeError(f"{dtype!r} does not name a dtype. {_SUPPORTED}") from error
    if found not in _DTYPES:
        instead = _INSTEAD.get(found.name, f"{_SUPPORTED} {_CONVERT}")
        raise DTypeError(f"The dtype {found} is not supported. {instead}")
    return found


def promote(*dtypes: DType) -> DType:
    """Return the promoted dtype of `dtypes`.

    Inside one kind this is the table of the Array API standard. For mixed kinds, which the standard
    leaves undefined, an integer takes the dtype of the float, as in PyTorch and JAX, so that
    integer data does not turn a float32 model into a float64 one.
    """
    return reduce(lambda a, b: _PAIRS[a, b], dtypes)


def promote_scalar(scalar: type, dtype: DType) -> DType:
    """Return the dtype of a Python bool, int or float beside a tensor of `dtype`.

    A Python number is weak: it takes the dtype of the tensor unless its kind ranks higher
    (bool < int < float).
    """
    own = _OF_PYTHON[scalar]
    return dtype if _RANKS[own.kind] <= _RANKS[dtype.kind] else own


def is_float(dtype: DType) -> bool:
    """Return whether the dtype is floating-point, so that gradients exist."""
    return dtype.kind == "f"


def is_integer(dtype: DType) -> bool:
    """Return whether the dtype is one of integers, with sign or without."""
    return dtype.kind in "iu"


def is_counted(dtype: DType) -> bool:
    """Return whether sums of the dtype are taken in int64: integers and bools."""
    return dtype.kind in "biu"


def _pair(a: DType, b: DType) -> DType:
    """Return the dtype that two dtypes promote to."""
    if is_float(a) is not is_float(b):
        return a if is_float(a) else b
    return np.promote_types(a, b)


_PAIRS = {(a, b): _pair(a, b) for a in PROMOTION for b in PROMOTION}
_SUPPORTED = f"chainrule computes in {', '.join(dtype.name for dtype in PROMOTION)}."
_CONVERT = "Convert the array first, for example with array.astype('float32')."
