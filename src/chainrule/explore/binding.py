"""Binding: values given to `Graph.forward` are matched to the inputs of the graph by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from chainrule.graph import (
    Array,
    ChainruleError,
    Detached,
    DTypeError,
    Parameter,
    ShapeError,
    Tensor,
    UnboundInputError,
    UnknownInputError,
    as_tensor,
)


def bind(inputs: Mapping[str, Tensor], given: Mapping[str, Any]) -> dict[Tensor, Array]:
    """Return the array of every input: the value given by name, else its own value.

    Raises UnknownInputError, UnboundInputError, ShapeError or DTypeError, each naming the input.
    """
    for name in given:
        _require_known(name, inputs)
    _require_all(inputs, given)
    return {
        each: _fitting(name, each, given[name]) if name in given else each.read()
        for name, each in inputs.items()
    }


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence that suggests the closest known name, or an empty string."""
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _require_known(name: str, inputs: Mapping[str, Tensor]) -> None:
    if name not in inputs:
        known = ", ".join(repr(each) for each in inputs) or "none"
        raise UnknownInputError(
            f"forward was given a value for {name!r}, but the graph has no input of that name."
            f"{did_you_mean(name, inputs)} Its inputs are: {known}."
        )


def _require_all(inputs: Mapping[str, Tensor], given: Mapping[str, Any]) -> None:
    missing = [name for name, each in inputs.items() if name not in given and not each.known]
    if missing:
        shapes = ", ".join(f"{name} {_type(inputs[name])}" for name in missing)
        call = ", ".join(f"{name}=..." for name in missing)
        raise UnboundInputError(
            f"The graph was run without a value for: {shapes}. Bind them by name: forward({call})."
        )


def _fitting(name: str, tensor: Tensor, value: Any) -> Array:
    array = as_tensor(value).read()
    if array.shape != tensor.shape:
        raise ShapeError(
            f"Input {name!r} has shape {tensor.shape} but was given a value of shape "
            f"{array.shape}. Reshape the value, or build the graph for its shape."
        )
    if not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
        raise DTypeError(
            f"Input {name!r} is {tensor.dtype} but was given {array.dtype} values. "
            f"Convert them first, for example with numpy.asarray(value, {tensor.dtype.name!r})."
        )
    array = array.astype(tensor.dtype)
    array.flags.writeable = False
    return array


def _type(tensor: Tensor) -> str:
    return f"{tensor.dtype}{list(tensor.shape)}"


def require_whole(order: Sequence[Tensor]) -> None:
    """Raise ChainruleError if a value without a history is older than the graph's parameters."""
    forgotten = [each for each in order if isinstance(each, Detached)]
    if not forgotten:
        return
    oldest = min(forgotten, key=lambda each: each.serial)
    for each in order:
        if isinstance(each, Parameter) and each.changed > oldest.serial:
            raise ChainruleError(
                f"The graph holds a value that was computed from parameters at {oldest.origin}, "
                "such as a count or a mask, and keeps no history because no gradient passes it. "
                f"The parameter {each.name!r} has changed since, so the graph would mix old and "
                "new values. Compute the outputs again and make a new graph of them."
            )
