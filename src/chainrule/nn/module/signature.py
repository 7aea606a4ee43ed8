"""Shapes and dtypes of the inputs of a model."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from chainrule.compile.argument_form import TENSOR, Form, Static, branch, filled
from chainrule.compile.trace import Signature
from chainrule.grad.argument_trees import is_numbers
from chainrule.graph import DType, Shape, ShapeError, Tensor, as_dtype, as_tensor, float32
from chainrule.nn.module.module import Module


@dataclass(frozen=True)
class Inputs:
    """Shape and dtype of every input array of a call, and the tuples, lists and dicts around."""

    signature: Signature
    forms: tuple[Form, ...]

    def filled(self, tensors: Iterable[Tensor]) -> list[Any]:
        """Return the inputs with `tensors` in place of their arrays."""
        places = iter(tensors)
        return [filled(each, places) for each in self.forms]


def read_inputs(inputs: Iterable[Any]) -> Inputs:
    """Return shape and dtype of arrays, tensors, shapes, and pairs of a shape and a dtype.

    These may be in tuples, lists and dicts, beside None.
    """
    found: list[tuple[Shape, DType]] = []

    def form(given: Any) -> Form:
        if given is None:
            return Static(type(None), None)
        if _is_tree(given):
            return branch(given, form)
        found.append(_type(given))
        return TENSOR

    forms = tuple(form(each) for each in inputs)
    return Inputs(tuple(found), forms)


def require_bindable(model: Module, inputs: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Raise TypeError unless the forward of `model` takes these arguments."""
    forward = inspect.signature(model.forward)
    try:
        forward.bind(*inputs, **options)
    except TypeError as error:
        given = " and ".join([f"{len(inputs)} inputs", *options])
        raise TypeError(
            f"{type(model).__name__}.forward takes {forward}, but was given {given}: {error}. "
            "Give one array or shape per input."
        ) from error


def types_text(signature: Signature) -> str:
    """Return dtypes and shapes, as in float32(32, 20)."""
    return ", ".join(f"{dtype}{shape}" for shape, dtype in signature)


def _type(given: Any) -> tuple[Shape, DType]:
    if _is_shape(given):
        return _checked(given), float32
    if _is_typed_shape(given):
        return _checked(given[0]), as_dtype(given[1])
    tensor = as_tensor(given)
    return tensor.shape, tensor.dtype


def _is_tree(given: Any) -> bool:
    """Return whether arrays are inside: not an array, a shape, or a shape with a dtype."""
    if isinstance(given, dict):
        return True
    return isinstance(given, tuple | list) and not (
        _is_shape(given) or _is_typed_shape(given) or is_numbers(given)
    )


def _is_shape(given: Any) -> bool:
    return isinstance(given, tuple) and all(isinstance(each, Integral) for each in given)


def _is_typed_shape(given: Any) -> bool:
    return (
        isinstance(given, tuple) and len(given) == 2 and _is_shape(given[0]) and _is_dtype(given[1])
    )


def _is_dtype(given: Any) -> bool:
    return isinstance(given, str | np.dtype | type)


def _checked(given: Sequence[int]) -> Shape:
    shape = tuple(map(int, given))
    if any(extent < 0 for extent in shape):
        raise ShapeError(f"The shape {shape} was given for an input; extents are 0 or more.")
    return shape
