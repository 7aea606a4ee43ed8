"""Shapes and dtypes of the inputs of a model."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from chainrule.compile.trace import Signature
from chainrule.graph import DType, Shape, ShapeError, as_dtype, as_tensor, float32
from chainrule.nn.module.module import Module


def signature_of(inputs: Iterable[Any]) -> Signature:
    """Return shape and dtype of arrays, tensors, shapes, and pairs of a shape and a dtype."""
    return tuple(_type(each) for each in inputs)


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
    if isinstance(given, tuple) and len(given) == 2 and _is_shape(given[0]) and _is_dtype(given[1]):
        return _checked(given[0]), as_dtype(given[1])
    tensor = as_tensor(given)
    return tensor.shape, tensor.dtype


def _is_shape(given: Any) -> bool:
    return isinstance(given, tuple) and all(isinstance(each, Integral) for each in given)


def _is_dtype(given: Any) -> bool:
    return isinstance(given, str | np.dtype | type)


def _checked(given: Sequence[int]) -> Shape:
    shape = tuple(map(int, given))
    if any(extent < 0 for extent in shape):
        raise ShapeError(f"The shape {shape} was given for an input; extents are 0 or more.")
    return shape
