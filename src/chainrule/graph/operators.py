"""Python's operators on tensors, each with the name of its primitive."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any, Generic, Self, TypeAlias, TypeVar

from chainrule.graph.dtypes import Array

Result = TypeVar("Result")
Operand: TypeAlias = Result | Array | float | Sequence[Any]


def _is_of_numbers(other: object) -> bool:
    return isinstance(other, Number | list | tuple) or hasattr(type(other), "__array__")


class Operators(Generic[Result]):
    """Python's operators, which return gates of type `Result`; a subclass implements `_gate`."""

    __slots__ = ()

    weak: bool

    def _gate(self, name: str, *operands: Any, **attributes: Any) -> Result:
        raise NotImplementedError

    def __add__(self, other: Operand[Result]) -> Result:
        return self._gate("add", self, other)

    def __radd__(self, other: Operand[Result]) -> Result:
        return self._gate("add", other, self)

    def __sub__(self, other: Operand[Result]) -> Result:
        return self._gate("subtract", self, other)

    def __rsub__(self, other: Operand[Result]) -> Result:
        return self._gate("subtract", other, self)

    def __mul__(self, other: Operand[Result]) -> Result:
        return self._gate("multiply", self, other)

    def __rmul__(self, other: Operand[Result]) -> Result:
        return self._gate("multiply", other, self)

    def __truediv__(self, other: Operand[Result]) -> Result:
        return self._gate("divide", self, other)

    def __rtruediv__(self, other: Operand[Result]) -> Result:
        return self._gate("divide", other, self)

    def __floordiv__(self, other: Operand[Result]) -> Result:
        return self._gate("floor_divide", self, other)

    def __rfloordiv__(self, other: Operand[Result]) -> Result:
        return self._gate("floor_divide", other, self)

    def __mod__(self, other: Operand[Result]) -> Result:
        return self._gate("remainder", self, other)

    def __rmod__(self, other: Operand[Result]) -> Result:
        return self._gate("remainder", other, self)

    def __pow__(self, other: Operand[Result]) -> Result:
        return self._gate("pow", self, other)

    def __rpow__(self, other: Operand[Result]) -> Result:
        return self._gate("pow", other, self)

    def __matmul__(self, other: Operand[Result]) -> Result:
        return self._gate("matmul", self, other)

    def __rmatmul__(self, other: Operand[Result]) -> Result:
        return self._gate("matmul", other, self)

    def __neg__(self) -> Result:
        return self._gate("negative", self)

    def __pos__(self) -> Self:
        """Return the tensor itself."""
        return self

    def __abs__(self) -> Result:
        return self._gate("abs", self)

    def __invert__(self) -> Result:
        return self._gate("bitwise_invert", self)

    def __and__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_and", self, other)

    def __rand__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_and", other, self)

    def __or__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_or", self, other)

    def __ror__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_or", other, self)

    def __xor__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_xor", self, other)

    def __rxor__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_xor", other, self)

    def __lshift__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_left_shift", self, other)

    def __rlshift__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_left_shift", other, self)

    def __rshift__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_right_shift", self, other)

    def __rrshift__(self, other: Operand[Result]) -> Result:
        return self._gate("bitwise_right_shift", other, self)

    def __eq__(self, other: object) -> Result:  # type: ignore[override]
        """Compare with numbers and arrays element by element; nothing else is equal to a tensor."""
        return self._gate("equal", self, other) if _is_of_numbers(other) else NotImplemented

    def __ne__(self, other: object) -> Result:  # type: ignore[override]
        return self._gate("not_equal", self, other) if _is_of_numbers(other) else NotImplemented

    def __lt__(self, other: Operand[Result]) -> Result:
        return self._gate("less", self, other)

    def __le__(self, other: Operand[Result]) -> Result:
        return self._gate("less_equal", self, other)

    def __gt__(self, other: Operand[Result]) -> Result:
        return self._gate("greater", self, other)

    def __ge__(self, other: Operand[Result]) -> Result:
        return self._gate("greater_equal", self, other)
