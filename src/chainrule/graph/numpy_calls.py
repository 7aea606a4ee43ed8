"""NumPy's functions on tensors: those that a gate stands for build it, the others are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from chainrule.graph.errors import DTypeError
from chainrule.graph.operators import Operators
from chainrule.graph.primitive import PRIMITIVES

if TYPE_CHECKING:
    from chainrule.graph.tensor import Tensor

_LOGIC = {
    np.bitwise_and: np.logical_and,
    np.bitwise_or: np.logical_or,
    np.invert: np.logical_not,
}
_BY_NAME = {np.matmul: "matmul"}  # the gate computes with code of its own
_NOT_A_GATE = (
    "numpy.{} was called on a tensor, and no gate has it as its meaning. "
    "Use the functions of chainrule (import chainrule as cr), or x.value for the array."
)


class NumPyCalls(Operators):
    """NumPy's protocol for its functions, for a class that says how a gate is made."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Tensor:
        """Let `np.exp(x)` and `array + x` build gates: the primitive defined by `ufunc`."""
        wanted = _LOGIC.get(ufunc, ufunc)
        for primitive in PRIMITIVES.values():
            is_meant = primitive.numpy is wanted or primitive.name == _BY_NAME.get(wanted)
            if is_meant and method == "__call__" and not options:
                return self._gate(primitive.name, *operands)
        raise DTypeError(_NOT_A_GATE.format(ufunc.__name__))

    def __array_function__(self, function: Any, *_: Any) -> NoReturn:
        """Refuse NumPy's other functions, which would return arrays that forget the graph."""
        raise DTypeError(_NOT_A_GATE.format(function.__name__))
