"""Matching: whether arrays by name fit the parameters of a tree."""

from __future__ import annotations

from collections.abc import Mapping

from chainrule.graph import Array, Parameter


def misfits(parameters: Mapping[str, Parameter], state: Mapping[str, Array]) -> list[str]:
    """Return a line per parameter and array that have no partner, or one of another form."""
    missing = [f"{name} is missing" for name in parameters if name not in state]
    unknown = [f"{name} is unknown" for name in state if name not in parameters]
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
