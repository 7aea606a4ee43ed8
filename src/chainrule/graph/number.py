"""Python numbers as arguments of traced functions, with values at run time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph.dtypes import Array, DType, as_dtype, int32, int64, is_integer
from chainrule.graph.exact import PYTHON, Extent, largest
from chainrule.graph.inputs import Input
from chainrule.graph.primitive import compute
from chainrule.graph.promotion import number_type
from chainrule.graph.tensor import Tensor, as_tensor
from chainrule.graph.tracing import current_trace

LARGEST_ARGUMENT = 2**31 - 1
_SAFE = {int32: LARGEST_ARGUMENT, int64: 2**63 - 1}
"""The largest number whose sign may be any that a dtype holds."""


class Number(Tensor):
    """A scalar that represents a Python number while a function is traced.

    number  the number in the traced call
    given   the arguments that it was computed from
    most    for an integer, the largest absolute value in any call

    It is weak, as Python numbers are: beside a tensor it takes the dtype of the tensor. Arithmetic
    with numbers gives numbers. Where Python needs the value, as in a branch, a range or an axis,
    the graph is valid for the values of `given` only, and other values are traced again. The same
    holds where an integer could exceed 64 bits.
    """

    __slots__ = ("given", "most", "number")

    weak = True
    number: float
    given: frozenset[Tensor]
    most: int

    def _gate(self, name: str, *operands: Any, **attributes: Any) -> Any:
        if name not in PYTHON or not all(map(_is_number, operands)):
            return super()._gate(name, *operands, **attributes)
        most = largest(name, list(map(_extent, operands)))
        if most is None:
            return PYTHON[name](*map(_read, operands))
        return _made_of(super()._gate(name, *operands, **attributes), operands, most)

    def astype(self, dtype: Any, *, copy: bool = True, device: Any = None) -> Tensor:
        """Return the number as a tensor of `dtype`; its value becomes fixed if it may not fit."""
        target = as_dtype(dtype)
        if is_integer(target) and is_integer(self.dtype) and self.most > _SAFE.get(target, 0):
            return as_tensor(self.item(), target)
        return super().astype(dtype, copy=copy, device=device)

    def read(self) -> Array:
        """Return the number as an array; the graph becomes valid for this number only."""
        trace = current_trace()
        if trace is None:
            return super().read()
        trace.numbers |= self.given
        return np.asarray(self.number, self.dtype)

    peek = read

    @property
    def value(self) -> Array:
        """The number in the traced call."""
        return self.read()

    def item(self) -> float:
        """Return the number; the graph becomes valid for this number only."""
        return self.read().item()  # type: ignore[no-any-return]

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __str__(self) -> str:
        return str(_read(self))

    def __format__(self, spec: str) -> str:
        return format(_read(self), spec)


def _by_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that applies a Python function to the values of numbers."""
    return lambda *operands: function(*map(_read, operands))


_ONLY_PYTHON: dict[str, Callable[..., Any]] = {
    "__round__": round,
    "__trunc__": math.trunc,
    "__floor__": math.floor,
    "__ceil__": math.ceil,
    "__divmod__": divmod,
    "__rdivmod__": lambda a, b: divmod(b, a),
}
for _name, _function in _ONLY_PYTHON.items():
    setattr(Number, _name, _by_python(_function))


class NumberInput(Number, Input):
    """A Python number as an argument of a traced function."""

    __slots__ = ()

    def __init__(self, name: str, number: float, dtype: DType) -> None:
        Input.__init__(self, name, (), dtype, None)
        self.number = number
        self.given = frozenset([self])
        self.most = LARGEST_ARGUMENT


def _is_number(operand: Any) -> bool:
    return isinstance(operand, Number) or number_type(operand) is not None


def _extent(operand: Any) -> Extent:
    if isinstance(operand, Number):
        return Extent(operand.dtype.kind, operand.most or 1)
    if number_type(operand) is float:
        return Extent("f")
    return Extent("b" if number_type(operand) is bool else "i", abs(int(operand)), int(operand))


def _read(operand: Any) -> Any:
    """Return the value of a number; the graph becomes valid for this value only."""
    if not isinstance(operand, Number):
        return operand
    operand.read()
    return operand.number


def _made_of(gate: Tensor, operands: tuple[Any, ...], most: int) -> Number:
    """Return a gate on numbers as a number."""
    numbers = [each.number if isinstance(each, Number) else each for each in operands]
    made = Number(
        gate.primitive, gate.inputs, gate.attributes, (), gate.dtype, None, False, True, gate.name
    )
    assert made.primitive is not None
    arrays = [np.asarray(each, part.dtype) for each, part in zip(numbers, gate.inputs, strict=True)]
    made.number = compute(made.primitive, arrays, made.attributes).item()
    made.most = most
    given = (each.given for each in operands if isinstance(each, Number))
    made.given = frozenset().union(*given)
    return made
