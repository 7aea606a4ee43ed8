"""Inputs: leaves that are bound to a value when a graph runs."""

from __future__ import annotations

from typing import Any

from chainrule.graph.dtypes import Array, DType, Shape, as_dtype, float64, is_float
from chainrule.graph.errors import ShapeError
from chainrule.graph.tensor import Tensor, Traced, as_tensor
from chainrule.graph.value_reads import note_value_read


class Input(Tensor):
    """A leaf that is bound to a value when a graph is run."""

    __slots__ = ()

    _leaf = "input"

    def __init__(self, name: str, shape: Shape, dtype: DType, value: Array | None) -> None:
        super().__init__(None, (), {}, shape, dtype, value, value is not None, True, name)
        self.bindable = True
        self.differentiable = is_float(dtype)


class Argument(Traced, Input):
    """An input of a traced function, without a value."""

    __slots__ = ()

    def __init__(self, name: str, shape: Shape, dtype: DType, function: str) -> None:
        Input.__init__(self, name, shape, dtype, None)
        self.function = function


def note_leaf(value: Any, way: str) -> None:
    """Record that a leaf is made from the value of a tensor."""
    if isinstance(value, Tensor):
        note_value_read(value, way)


def input(
    name: str, shape: int | Shape | None = None, dtype: Any = None, *, value: Any = None
) -> Input:
    """Return a named input of a graph, with a shape and dtype or with a value.

    name   the keyword that binds it in `Graph.forward`
    shape  extents; taken from `value` if that is given
    dtype  float64 unless given or taken from `value`
    value  a number or array; it is copied

    Raises ShapeError if neither shape nor value is given, or if they disagree.
    """
    note_leaf(value, "cr.input")
    asked = (shape,) if isinstance(shape, int) else None if shape is None else tuple(shape)
    if asked is not None and any(extent < 0 for extent in asked):
        raise ShapeError(f"Input {name!r} was given the shape {asked}; extents are 0 or more.")
    if value is None:
        if asked is None:
            raise ShapeError(
                f"Input {name!r} was made without a shape and without a value. "
                "Give one of them: cr.input(name, shape=(3,)) or cr.input(name, value=...)."
            )
        return Input(name, asked, as_dtype(dtype or float64), None)
    array = as_tensor(value, None if dtype is None else as_dtype(dtype)).read()
    if asked is not None and asked != array.shape:
        raise ShapeError(
            f"Input {name!r} was declared with shape {asked} but its value has shape "
            f"{array.shape}. Leave one of them out."
        )
    return Input(name, array.shape, array.dtype, array)
