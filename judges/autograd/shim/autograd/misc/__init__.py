"""Conveniences."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from autograd.containers import is_tensor, leaves, rebuilt, shape, size


def flatten(value: Any) -> Any:
    """Return the numbers of a container as one vector, and the function back."""
    parts = leaves(value)
    ends = np.cumsum([size(each) for each in parts])
    joined = (
        cr.concat([cr.asarray(each).reshape(-1) for each in parts])
        if any(map(is_tensor, parts))
        else np.concatenate([np.ravel(each) for each in parts] or [np.zeros(0)])
    )

    def unflatten(vector: Any) -> Any:
        pieces = iter(
            vector[end - size(each) : end].reshape(shape(each))
            for each, end in zip(parts, ends, strict=True)
        )
        return rebuilt(value, lambda leaf: next(pieces))

    return joined, unflatten


def const_graph(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the function compiled."""
    return cr.compile(lambda *xs: function(*xs, *args, **kwargs))
