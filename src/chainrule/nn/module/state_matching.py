"""Comparison of arrays by name with the parameters of a tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array, ChainruleError, Parameter


def without_repeats(state: Mapping[str, Array], others: Mapping[str, str]) -> dict[str, Array]:
    """Return the arrays of shared parameters under their first path, unless they differ.

    others  the first path by each other path that a parameter has
    """
    found = dict(state)
    for path, first in others.items():
        if path in found and np.array_equal(found[path], found.setdefault(first, found[path])):
            del found[path]
    return found


def arrays_of(state: Mapping[str, Any]) -> dict[str, Array]:
    """Return a state as arrays; raises TypeError or ChainruleError for anything else."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"load_state was given {type(state).__name__}. Give arrays by name, such as "
            "model.state() or cr.load('model.safetensors') returns."
        )
    return {name: _array(name, each) for name, each in state.items()}


def _array(name: str, value: Any) -> Array:
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ChainruleError(
            f"{name!a} of the state is not an array: {error}. Give arrays by name."
        ) from error


def require_fit(
    kind: str,
    parameters: Mapping[str, Parameter],
    state: Mapping[str, Array],
    others: Mapping[str, str],
) -> None:
    """Raise ChainruleError, with all differences, unless a state fits the parameters of a module.

    kind    the class of the module
    others  the first path by each other path that a parameter has
    """
    wrong = misfits(parameters, state, others)
    if wrong:
        raise ChainruleError(
            f"The state does not fit this {kind} of {len(parameters)} parameters, and "
            "nothing was loaded:\n  " + "\n  ".join(wrong) + "\nBuild the model with the "
            "settings it was saved with. To load a part: "
            "model.load_state({**model.state(), **part})."
        )


def misfits(
    parameters: Mapping[str, Parameter], state: Mapping[str, Array], others: Mapping[str, str]
) -> list[str]:
    """Return a line per parameter or array without counterpart, or of another shape or dtype."""
    missing = [f"{name} is missing" for name in parameters if name not in state]
    unknown = [f"{name} {_unfit(name, others)}" for name in state if name not in parameters]
    shared = [(name, state[name], each) for name, each in parameters.items() if name in state]
    shapes = [
        f"{name} has shape {array.shape} instead of {each.shape}"
        for name, array, each in shared
        if array.shape != each.shape
    ]
    dtypes = [
        f"{name} is {array.dtype} instead of {each.dtype}"
        for name, array, each in shared
        if array.dtype != each.dtype
    ]
    return missing + unknown + shapes + dtypes


def _unfit(name: str, others: Mapping[str, str]) -> str:
    if name in others:
        return f"differs from {others[name]}, but both are one parameter here"
    return "is unknown"
