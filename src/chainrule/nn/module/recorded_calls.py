"""Calls of modules: which were made, in order, with what they returned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.graph import Scope, here

if TYPE_CHECKING:
    from chainrule.nn.module.module import Module


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a module: the scope that its gates carry, and what it returned."""

    module: Module
    scope: Scope
    output: Any


_record: ContextVar[list[Call] | None] = ContextVar("record", default=None)


@contextmanager
def recorded_calls() -> Iterator[list[Call]]:
    """Record the calls of modules made inside; those within another call come before it."""
    calls: list[Call] = []
    token = _record.set(calls)
    try:
        yield calls
    finally:
        _record.reset(token)


def note(module: Module, output: Any) -> None:
    """Note what the call under way returns, if calls are recorded."""
    calls = _record.get()
    if calls is None:
        return
    around = here().scope
    if around:  # nothing is around gates that are made for another node
        calls.append(Call(module, around[-1], output))
