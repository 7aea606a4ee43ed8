"""The value of a tensor: how it is read as an array, a number or a truth value."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph.array_methods import ArrayMethods
from chainrule.graph.dtypes import Array
from chainrule.graph.errors import ShapeError, UnboundInputError
from chainrule.graph.operators import Result
from chainrule.graph.origin import here
from chainrule.graph.value_reads import note_value_read


class TensorValue(ArrayMethods[Result]):
    """The reads of a value; a subclass stores it and implements `current_value`."""

    __slots__ = ()

    known: bool
    _value: Array | None

    @property
    def value(self) -> Array | None:
        """The value, a read-only array; None while an input is unbound.

        Raises UnboundInputError for a tensor that was made while a function was traced.
        """
        self._leave(".value")
        return self.current_value()

    def _leave(self, way: str) -> None:
        """Record that the value is read as a number or an array, and how."""
        note_value_read(self, way)

    def current_value(self) -> Array | None:
        """Return the value for internal use, without recording a read."""
        raise NotImplementedError

    def read(self) -> Array:
        """Return the value; raises UnboundInputError if there is none."""
        value = self.current_value()
        if value is None:
            raise UnboundInputError(
                f"The value of {self.label} was asked for, but it depends on an input without a "
                "value. Give the input one with cr.input(name, value=...), or bind it in "
                "cr.Graph(...).forward(name=...)."
            )
        return value

    def peek(self) -> Array:
        """Return the value for immediate use, of which no view is kept."""
        return self._value if self._value is not None else self.read()

    def item(self) -> float | int | bool:
        """Return the value of a tensor of one element as a Python number.

        Raises ShapeError for another number of elements.
        """
        self._leave(".item() or float")
        return self._one()

    def _one(self) -> float | int | bool:
        if self.size != 1:
            raise ShapeError(
                f"item() was called on {self.label} with shape {self.shape}. It needs exactly one "
                "element; reduce it first, or read .value."
            )
        return self.read().item()  # type: ignore[no-any-return]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        self._leave("a function of NumPy")
        return np.array(self.read(), dtype=dtype, copy=copy)

    def __float__(self) -> float:
        return float(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __int__(self) -> int:
        return int(self._one())

    def __index__(self) -> int:
        return self.read().__index__()

    def __bool__(self) -> bool:
        if not self.known:
            raise UnboundInputError(
                f"The branch at {here()} depends on {self.label}, which has no value while the "
                "graph is built. Use cr.where(condition, a, b), which holds both branches."
            )
        return bool(self._one())

    def __format__(self, spec: str) -> str:
        return format(self._one(), spec) if spec else repr(self)
