"""Questions about dtypes, as the Array API standard asks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import DType, DTypeError, Tensor, as_dtype, bool_, promote
from chainrule.graph.dtypes import promote_scalar
from chainrule.graph.promotion import number_type

_KINDS = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "",
    "numeric": "iuf",
}


@dataclass(frozen=True)
class FloatLimits:
    """The limits of a floating-point dtype.

    bits             the number of bits of an element
    eps              the distance from 1 to the next larger number
    max, min         the largest and the lowest number
    smallest_normal  the smallest positive number with full precision
    dtype            the dtype
    """

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


@dataclass(frozen=True)
class IntegerLimits:
    """The limits of an integer dtype.

    bits      the number of bits of an element
    max, min  the largest and the lowest integer
    dtype     the dtype
    """

    bits: int
    max: int
    min: int
    dtype: DType


def finfo(dtype: Any) -> FloatLimits:
    """Return the limits of a floating-point dtype.

    dtype  a dtype, a name such as "float32", or a tensor

    Raises DTypeError for another dtype.
    """
    found = _dtype_of(dtype)
    if found.kind != "f":
        raise DTypeError(f"finfo was called on {found}, which is no float. Write cr.iinfo(dtype).")
    of = np.finfo(found)
    return FloatLimits(
        of.bits, float(of.eps), float(of.max), float(of.min), float(of.smallest_normal), found
    )


def iinfo(dtype: Any) -> IntegerLimits:
    """Return the limits of an integer dtype.

    dtype  a dtype, a name such as "uint8", or a tensor

    Raises DTypeError for another dtype.
    """
    found = _dtype_of(dtype)
    if found.kind not in "iu":
        raise DTypeError(
            f"iinfo was called on {found}, which is no integer. Write cr.finfo(dtype)."
        )
    of = np.iinfo(found)
    return IntegerLimits(of.bits, int(of.max), int(of.min), found)


def isdtype(dtype: Any, kind: Any) -> bool:
    """Return whether a dtype is of a kind.

    kind  "bool", "signed integer", "unsigned integer", "integral", "real floating",
          "complex floating", "numeric"; a dtype; or a tuple of these, of which one must fit

    Raises DTypeError for an unknown kind or dtype.
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, each) for each in kind)
    if kind in _KINDS:
        return as_dtype(dtype).kind in _KINDS[kind]
    if isinstance(kind, str):
        raise DTypeError(
            f"isdtype was given the kind {kind!r}. Choose from {', '.join(map(repr, _KINDS))}, or "
            "give a dtype, such as cr.float32."
        )
    return as_dtype(dtype) == as_dtype(kind)


def result_type(*operands: Any) -> DType:
    """Return the dtype to which operands are promoted.

    operands  tensors, arrays, dtypes and Python numbers, which are weak

    Raises DTypeError without operands, and for an unsupported dtype.
    """
    if not operands:
        raise DTypeError("result_type was given nothing. Give tensors, dtypes or numbers.")
    numbers = [number_type(each) for each in operands]
    strong = [_dtype_of(e) for e, number in zip(operands, numbers, strict=True) if number is None]
    found = promote(*strong) if strong else bool_
    for number in numbers:
        found = promote_scalar(number, found) if number is not None else found
    return found


def can_cast(from_: Any, to: Any) -> bool:
    """Return whether a dtype, or that of a tensor, converts to `to` by promotion.

    True if the two promote to `to`. Raises DTypeError for an unsupported dtype.
    """
    target = as_dtype(to)
    return promote(_dtype_of(from_), target) == target


def _dtype_of(given: Any) -> DType:
    """Return the dtype that is given, or that of a tensor or array."""
    if isinstance(given, Tensor | np.ndarray):
        return as_dtype(given.dtype)
    return as_dtype(given)
