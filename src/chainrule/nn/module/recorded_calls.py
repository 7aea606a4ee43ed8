"""Records of module calls: which calls were made, in order, with their outputs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from chainrule.graph import Scope, here
from chainrule.nn.module.tree import ModuleTree


@dataclass(frozen=True, eq=False)
class ModuleCall:
    """One call of a module.

    module  the module that was called
    scope   the scope of the nodes that the call made
    output  what the call returned
    """

    module: ModuleTree
    scope: Scope
    output: Any


_record: ContextVar[list[ModuleCall] | None] = ContextVar("record", default=None)


@contextmanager
def recorded_calls() -> Iterator[list[ModuleCall]]:
    """Record the module calls made in the block; an inner call precedes the call around it."""
    calls: list[ModuleCall] = []
    token = _record.set(calls)
    try:
        yield calls
    finally:
        _record.reset(token)


def record_call(module: ModuleTree, output: Any) -> None:
    """Record the output of the current call of `module`, if calls are recorded."""
    calls = _record.get()
    if calls is None:
        return
    around = here().scope
    if around:  # empty for nodes made on behalf of another node
        calls.append(ModuleCall(module, around[-1], output))
