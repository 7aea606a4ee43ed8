"""Numbers: Python numbers that a traced function was given, whose values come at run time."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph.dtypes import DType
from chainrule.graph.leaves import Input
from chainrule.graph.primitive import PRIMITIVES, Array, compute
from chainrule.graph.promotion import PYTHON_NUMBERS
from chainrule.graph.tensor import Tensor
from chainrule.graph.tracing import current_trace


class Number(Tensor):
    """A scalar that stands for a Python number while a function is traced.

    number  the number in the call that is traced
    given   the arguments that it is made of

    It is weak, as the number is: beside a tensor it takes the tensor's dtype. Arithmetic with
    numbers gives numbers. Where Python itself needs the value, as in a branch, a range or an axis,
    the graph holds for the values of `given` only, and others are traced again.
    """

    __slots__ = ("given", "number")

    weak = True
    number: float
    given: frozenset[Tensor]

    def _gate(self, name: str, *operands: Any, **attributes: Any) -> Tensor:
        gate = super()._gate(name, *operands, **attributes)
        is_arithmetic = PRIMITIVES[name].family == "elementwise" and not attributes
        are_numbers = all(isinstance(x, Number) or type(x) in PYTHON_NUMBERS for x in operands)
        return _made_of(gate, operands) if is_arithmetic and are_numbers else gate

    def read(self) -> Array:
        """Return the number as an array; the graph holds for it only, from now on."""
        trace = current_trace()
        if trace is None:
            return super().read()
        trace.numbers |= self.given
        return np.asarray(self.number, self.dtype)

    peek = read

    @property
    def value(self) -> Array:
        """The number of the call that is traced."""
        return self.read()

    def item(self) -> float:
        """Return the number; the graph holds for it only, from now on."""
        return self.read().item()  # type: ignore[no-any-return]

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())


class NumberInput(Number, Input):
    """An argument of a traced function that is a Python number."""

    __slots__ = ()

    def __init__(self, name: str, number: float, dtype: DType) -> None:
        Input.__init__(self, name, (), dtype, None)
        self.number = number
        self.given = frozenset([self])


def _made_of(gate: Tensor, operands: tuple[Any, ...]) -> Number:
    """Return a gate on numbers as a number."""
    numbers = [each.number if isinstance(each, Number) else each for each in operands]
    made = Number(
        gate.primitive, gate.inputs, gate.attributes, (), gate.dtype, None, False, True, gate.name
    )
    assert made.primitive is not None
    arrays = [np.asarray(each, part.dtype) for each, part in zip(numbers, gate.inputs, strict=True)]
    made.number = compute(made.primitive, arrays, made.attributes).item()
    given = (each.given for each in operands if isinstance(each, Number))
    made.given = frozenset().union(*given)
    return made
