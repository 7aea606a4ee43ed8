"""Composite functions that the graph shows as one named gate."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from chainrule.graph import scope

P = ParamSpec("P")
R = TypeVar("R")


def named_gate(says: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Group the gates of every call of a function under its name, without changing them.

    says  the effect of the call on the gradient
    """

    def shown(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with scope(function.__name__, says):
                return function(*args, **kwargs)

        return call

    return shown
