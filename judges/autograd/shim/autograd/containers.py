"""Arguments and results of functions: numbers, arrays, and containers of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Constant


def leaves(value: Any) -> list[Any]:
    """Return the numbers and arrays of a container in order; of a dict, by its keys."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key])]
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


def rebuilt(value: Any, new: Callable[[Any], Any]) -> Any:
    """Return a container of the same form, with `new` of each number or array."""
    if isinstance(value, dict):
        return {key: rebuilt(each, new) for key, each in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(rebuilt(each, new) for each in value))
    if isinstance(value, list | tuple):
        return type(value)(rebuilt(each, new) for each in value)
    return new(value)


def is_tensor(value: Any) -> bool:
    """Return whether a value is a tensor of chainrule."""
    return isinstance(value, cr.Tensor)


def shape(value: Any) -> tuple[int, ...]:
    """Return the shape of a number, an array or a tensor."""
    return tuple(value.shape) if hasattr(value, "shape") else np.shape(value)


def size(value: Any) -> int:
    """Return the number of elements of a number, an array or a tensor."""
    return math.prod(shape(value))


def variable(value: Any) -> Any:
    """Return a new tensor with this value, to which gradients are taken."""
    if is_tensor(value):
        own = cr.identity(value)  # a constant, unless gradients can be taken around it
        return cr.input("x", value=own.value) if isinstance(own, Constant) else own
    array = np.asarray(value)
    return cr.input("x", value=array.astype("float64") if array.dtype.kind in "iub" else array)


def plain(value: Any) -> Any:
    """Return tensors as arrays, and those without axes as numbers."""

    def one(leaf: Any) -> Any:
        if not is_tensor(leaf):
            return leaf
        return leaf.value if leaf.ndim else leaf.value[()]

    return rebuilt(value, one)
