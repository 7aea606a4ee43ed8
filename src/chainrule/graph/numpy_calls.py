"""NumPy functions on tensors: ufuncs of primitives build gates, other functions are refused."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from chainrule.graph.errors import DTypeError
from chainrule.graph.operators import Operators, Result
from chainrule.graph.primitive import PRIMITIVES

_OTHER_NAMES = {
    np.power: "pow",
    np.rint: "round",
}
_COMPARISONS = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
_NOT_A_GATE = (
    "numpy.{} was called on a tensor, but no primitive implements it. "
    "Use the functions of chainrule (import chainrule as cr), or x.value for the array."
)


class NumPyCalls(Operators[Result]):
    """NumPy's protocols for its functions; a subclass implements `_gate`."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Result:
        """Apply the primitive that `ufunc` defines: `np.exp(x)` and `array + x` build gates.

        Raises DTypeError for a ufunc without a primitive.
        """
        name = _OTHER_NAMES.get(ufunc, ufunc.__name__)
        if ufunc in _COMPARISONS:  # NumPy passes a scalar as an array without axes
            operands = tuple(x[()] if isinstance(x, np.ndarray) else x for x in operands)
        for primitive in PRIMITIVES.values():
            is_meant = primitive.name == name or primitive.numpy is ufunc
            if is_meant and method == "__call__" and not options:
                return self._gate(primitive.name, *operands)
        raise DTypeError(_NOT_A_GATE.format(ufunc.__name__))

    def __array_function__(self, function: Any, *_: Any) -> NoReturn:
        """Raise DTypeError: other functions of NumPy would return arrays without a graph."""
        raise DTypeError(_NOT_A_GATE.format(function.__name__))
