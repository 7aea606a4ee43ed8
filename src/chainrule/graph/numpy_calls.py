"""NumPy functions on tensors build gates, or are refused in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.graph.errors import DTypeError
from chainrule.graph.operators import Operators, Result
from chainrule.graph.primitive import PRIMITIVES

Call = Callable[..., Any]
Finder = Callable[[Any, str], Call | None]
"""(NumPy function, "__call__" or the method of a ufunc) -> a function of tensors, or None."""

_COMPARISONS = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
_finders: list[Finder] = []
_names: dict[Any, str] = {}


def find_calls_by(finder: Finder) -> None:
    """Ask `finder` for the functions of tensors that NumPy functions stand for."""
    _finders.append(finder)


class NumPyCalls(Operators[Result]):
    """NumPy's protocols for its functions; a subclass implements `_gate`."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        """Apply the gate that `ufunc` stands for: `np.exp(x)` and `array + x` build gates.

        Raises DTypeError for a ufunc without a gate, and for arguments that gates do not take.
        """
        if ufunc in _COMPARISONS:  # NumPy passes a scalar as an array without axes
            operands = tuple(x[()] if isinstance(x, np.ndarray) else x for x in operands)
        if method == "__call__" and not options:
            name = _primitive_of(ufunc)
            if name is not None:
                return self._gate(name, *operands)
        return _called(ufunc, method, operands, options)

    def __array_function__(
        self, function: Any, types: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        """Call the function of tensors that a NumPy function stands for.

        Raises DTypeError for a function without one, which would return an array without a graph,
        and for arguments that it does not take.
        """
        return _called(function, "__call__", args, kwargs)


def _primitive_of(ufunc: Any) -> str | None:
    """Return the name of the primitive that is or has the name of a ufunc."""
    known = _names.get(ufunc)
    if known in PRIMITIVES:
        return known
    for primitive in PRIMITIVES.values():
        if primitive.name == ufunc.__name__ or primitive.numpy is ufunc:
            _names[ufunc] = primitive.name
            return primitive.name
    return None


def _called(function: Any, method: str, operands: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Call what the finders give for a NumPy function."""
    for finder in _finders:
        found = finder(function, method)
        if found is not None:
            return found(*operands, **options)
    name = function.__name__ if method == "__call__" else f"{function.__name__}.{method}"
    raise DTypeError(
        f"numpy.{name} was called on a tensor, but no gate computes it. Use the functions of "
        "chainrule (import chainrule as cr), or x.value for the array."
    )
