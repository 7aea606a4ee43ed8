"""Functions that the graph shows as one gate, with a sentence on what they do to gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from chainrule.graph import scope

P = ParamSpec("P")
R = TypeVar("R")


def named_gate(says: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Show the gates that a call of the function makes under its name; they stay what they are.

    says  what the call does to gradient
    """

    def shown(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with scope(function.__name__, says):
                return function(*args, **kwargs)

        return call

    return shown
