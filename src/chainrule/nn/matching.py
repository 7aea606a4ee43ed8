"""Matching: whether arrays by name fit the parameters of a tree."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chainrule.graph import Array, Parameter


def without_repeats(state: Mapping[str, Array], others: Mapping[str, str]) -> dict[str, Array]:
    """Return the arrays of shared parameters under their first path, unless they differ.

    others  the first path by each other path that a parameter has
    """
    found = dict(state)
    for path, first in others.items():
        if path in found and np.array_equal(found[path], found.setdefault(first, found[path])):
            del found[path]
    return found


def misfits(
    parameters: Mapping[str, Parameter], state: Mapping[str, Array], others: Mapping[str, str]
) -> list[str]:
    """Return a line per parameter and array that have no partner, or one of another form."""
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
