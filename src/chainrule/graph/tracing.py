"""Tracing: while a function is traced, what depends on inputs or parameters has no value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any


class Trace:
    """What a traced function asked to be written: the updates, in order."""

    def __init__(self) -> None:
        self.updates: list[Any] = []

    def latest(self, parameter: Any) -> Any:
        """Return what `parameter` will hold after the updates so far: itself if there is none."""
        for update in reversed(self.updates):
            if update.parameter is parameter:
                return update.new
        return parameter


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """Return the trace under way, or None while code runs eagerly."""
    return _current.get()


@contextmanager
def tracing() -> Iterator[Trace]:
    """Trace what is computed inside: build its graph, compute no value, apply no update."""
    trace = Trace()
    with _under(trace):
        yield trace


def eagerly() -> AbstractContextManager[None]:
    """Leave a trace that is under way: what is computed inside has values, updates apply."""
    return _under(None)


@contextmanager
def _under(trace: Trace | None) -> Iterator[None]:
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
