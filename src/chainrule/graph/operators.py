"""The operators of tensors: each names the primitive that it builds."""

from __future__ import annotations

from numbers import Number
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.graph.tensor import Tensor, TensorLike


def _is_of_numbers(other: object) -> bool:
    return isinstance(other, Number | list | tuple) or hasattr(type(other), "__array__")


class Operators:
    """Python's operators, for a class that says how a gate is made."""

    __slots__ = ()

    weak: bool

    def _gate(self, name: str, *operands: Any, **attributes: Any) -> Tensor:
        raise NotImplementedError

    def __add__(self, other: TensorLike) -> Tensor:
        return self._gate("add", self, other)

    def __radd__(self, other: TensorLike) -> Tensor:
        return self._gate("add", other, self)

    def __sub__(self, other: TensorLike) -> Tensor:
        return self._gate("subtract", self, other)

    def __rsub__(self, other: TensorLike) -> Tensor:
        return self._gate("subtract", other, self)

    def __mul__(self, other: TensorLike) -> Tensor:
        return self._gate("multiply", self, other)

    def __rmul__(self, other: TensorLike) -> Tensor:
        return self._gate("multiply", other, self)

    def __truediv__(self, other: TensorLike) -> Tensor:
        return self._gate("divide", self, other)

    def __rtruediv__(self, other: TensorLike) -> Tensor:
        return self._gate("divide", other, self)

    def __floordiv__(self, other: TensorLike) -> Tensor:
        return self._gate("floor_divide", self, other)

    def __rfloordiv__(self, other: TensorLike) -> Tensor:
        return self._gate("floor_divide", other, self)

    def __mod__(self, other: TensorLike) -> Tensor:
        return self._gate("remainder", self, other)

    def __rmod__(self, other: TensorLike) -> Tensor:
        return self._gate("remainder", other, self)

    def __pow__(self, other: TensorLike) -> Tensor:
        return self._gate("pow", self, other)

    def __rpow__(self, other: TensorLike) -> Tensor:
        return self._gate("pow", other, self)

    def __matmul__(self, other: TensorLike) -> Tensor:
        return self._gate("matmul", self, other)

    def __rmatmul__(self, other: TensorLike) -> Tensor:
        return self._gate("matmul", other, self)

    def __neg__(self) -> Tensor:
        return self._gate("negative", self)

    def __abs__(self) -> Tensor:
        return self._gate("abs", self)

    def __invert__(self) -> Tensor:
        return self._gate("logical_not", self)

    def __and__(self, other: TensorLike) -> Tensor:
        return self._gate("logical_and", self, other)

    def __rand__(self, other: TensorLike) -> Tensor:
        return self._gate("logical_and", other, self)

    def __or__(self, other: TensorLike) -> Tensor:
        return self._gate("logical_or", self, other)

    def __ror__(self, other: TensorLike) -> Tensor:
        return self._gate("logical_or", other, self)

    def __rshift__(self, other: TensorLike) -> Tensor:
        return self._gate("bitwise_right_shift", self, other)

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        """Compare with numbers and arrays element by element; nothing else is equal to a tensor."""
        return self._gate("equal", self, other) if _is_of_numbers(other) else NotImplemented

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._gate("not_equal", self, other) if _is_of_numbers(other) else NotImplemented

    def __lt__(self, other: TensorLike) -> Tensor:
        return self._gate("less", self, other)

    def __le__(self, other: TensorLike) -> Tensor:
        return self._gate("less_equal", self, other)

    def __gt__(self, other: TensorLike) -> Tensor:
        return self._gate("greater", self, other)

    def __ge__(self, other: TensorLike) -> Tensor:
        return self._gate("greater_equal", self, other)
