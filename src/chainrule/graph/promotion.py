"""Promotion: the one dtype to which the operands of a gate are brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph.dtypes import DType, bool_, float64, promote, promote_scalar
from chainrule.graph.errors import DTypeError
from chainrule.graph.primitive import Primitive

PYTHON_NUMBERS = (float, int, bool)
_KINDS = {"any": "bif", "number": "if", "float": "f", "integer": "i", "bool": "b"}


_OF_SCALARS = {"b": bool, "i": int, "u": int, "f": float}


def number_type(operand: Any) -> type | None:
    """Return the type of a Python number, or of the number that a NumPy scalar is; None for others.

    NumPy's functions return scalars, such as np.sqrt(d), where Python's return numbers: beside a
    tensor they are as weak, so that they leave its dtype alone. Arrays without axes are arrays.
    """
    if type(operand) in PYTHON_NUMBERS:
        return type(operand)
    return _OF_SCALARS.get(operand.dtype.kind) if isinstance(operand, np.generic) else None


def takes(primitive: Primitive, dtype: DType) -> bool:
    """Say whether `dtype` is of a kind that the primitive computes in."""
    return dtype.kind in _KINDS[primitive.accepts]


def common_dtype(primitive: Primitive, operands: Sequence[DType | type]) -> DType:
    """Return the dtype that the primitive computes in.

    operands  the dtypes of tensors and arrays; the types of numbers, which are weak

    Integers and bools become float64 where only floats are taken. Raises DTypeError if what the
    operands have in common is of another kind than the primitive takes.
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
