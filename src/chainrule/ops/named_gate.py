"""Composite functions that the graph shows as one named gate."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from chainrule.graph import scope

P = ParamSpec("P")
R = TypeVar("R")


def named_gate(says: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Group the gates of every call of a function under its name, without changing them.

    says  the effect of the call on the gradient

    The call's arguments that are numbers, bools or strings are kept beside its name.
    """

    def shown(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        defaults = {n: p.default for n, p in parameters.items() if p.default is not p.empty}
        operands = len(parameters) - len(defaults)
        usual = _options({**defaults, **dict.fromkeys([*parameters][:operands], ...)})

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            options = usual
            if kwargs or len(args) > operands:
                options = _options(
                    {**defaults, **dict(zip(parameters, args, strict=False)), **kwargs}
                )
            with scope(function.__name__, says, options=options):
                return function(*args, **kwargs)

        return call

    return shown


def _options(arguments: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _plain(value)) for name, value in arguments.items() if value is not None)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else ...
