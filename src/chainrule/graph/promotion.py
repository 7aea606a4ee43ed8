"""Promotion of the operands of a gate to one dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph.dtypes import DType, bool_, float64, promote, promote_scalar
from chainrule.graph.errors import DTypeError
from chainrule.graph.primitive import Primitive

PYTHON_NUMBERS = (float, int, bool)
_KINDS = {
    "any": "biuf",
    "number": "iuf",
    "float": "f",
    "integer": "iu",
    "integer or bool": "biu",
    "bool": "b",
}


_OF_SCALARS = {"b": bool, "i": int, "u": int, "f": float}


def number_type(operand: Any) -> type | None:
    """Return bool, int or float for a Python number or NumPy scalar; None for other operands.

    NumPy scalars, such as np.sqrt(d), are weak, as Python numbers are: beside a tensor they take
    its dtype. Arrays without axes are not weak.
    """
    if type(operand) in PYTHON_NUMBERS:
        return type(operand)
    return _OF_SCALARS.get(operand.dtype.kind) if isinstance(operand, np.generic) else None


def takes(primitive: Primitive, dtype: DType) -> bool:
    """Return whether the primitive accepts the kind of `dtype`."""
    return dtype.kind in _KINDS[primitive.accepts]


def common_dtype(primitive: Primitive, operands: Sequence[DType | type]) -> DType:
    """Return the dtype that the operands of a primitive are promoted to.

    operands  the dtypes of tensors and arrays; the types of numbers, which are weak

    Integers and bools become float64 if the primitive accepts floats only. Raises DTypeError if the
    primitive does not accept the promoted dtype.
    """
    strong = [each for each in operands if not isinstance(each, type)]
    common = promote(*strong) if strong else bool_
    for each in operands:
        common = promote_scalar(each, common) if isinstance(each, type) else common
    if takes(primitive, common):
        return common
    if primitive.accepts == "float":
        return float64
    raise DTypeError(
        f"{primitive.name} takes {primitive.accepts} operands but was given "
        f"{', '.join(map(str, strong)) or common}. "
        "Convert with x.astype(...), or compare first to get a bool."
    )
