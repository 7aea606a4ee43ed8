"""Bounds of integer arithmetic: which results fit into 64 bits for all values of the operands."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

PYTHON: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "pow": operator.pow,
    "negative": operator.neg,
    "abs": operator.abs,
    "bitwise_invert": operator.invert,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "bitwise_left_shift": operator.lshift,
    "bitwise_right_shift": operator.rshift,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}
_OF_BOOLS = ("bitwise_invert", "bitwise_and", "bitwise_or", "bitwise_xor")
_SHIFTS = ("bitwise_left_shift", "bitwise_right_shift")
_LARGEST = 2**63 - 1


class Extent(NamedTuple):
    """The bound of an operand over all calls.

    kind      the kind of its dtype: b, i or f
    most      for an integer, the largest absolute value
    constant  the integer, if it is the same in all calls
    """

    kind: str
    most: int = 0
    constant: int | None = None


def largest(name: str, operands: Sequence[Extent]) -> int | None:
    """Return the largest absolute value of the integer result of a gate; 0 for other results.

    Return None where Python must compute the result: it may exceed 64 bits, be a float although
    the operands are integers (`2**-1`), raise an error (`1 // 0`), or be an operation on bits
    (`5 & 3`).
    """
    kinds = {each.kind for each in operands}
    if name in _OF_BOOLS:
        return 0 if kinds == {"b"} else None
    if name in _SHIFTS or (kinds == {"b"} and name not in _COMPARING):
        return None
    if "f" in kinds or name in _COMPARING or name == "divide":
        return 0
    found = _of_integers(name, *operands)
    return found if found is not None and found <= _LARGEST else None


_COMPARING = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


def _of_integers(name: str, a: Extent, b: Extent | None = None) -> int | None:
    if b is None:
        return a.most
    if name in ("add", "subtract"):
        return a.most + b.most
    if name == "multiply":
        return a.most * b.most
    if not b.constant:
        return 1 if name == "pow" and b.constant == 0 else None
    if name == "pow":
        return a.most**b.constant if 0 < b.constant < 64 else None
    return a.most if name == "floor_divide" else b.most
