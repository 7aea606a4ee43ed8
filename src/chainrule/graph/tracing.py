"""Tracing: while a function is traced, what depends on inputs or parameters has no value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple


class Assumption(NamedTuple):
    """That an attribute, on which the graph depends, still is what it was in the trace."""

    holder: Any
    attribute: str
    value: Any

    @property
    def holds(self) -> bool:
        """Whether it is."""
        return getattr(self.holder, self.attribute) is self.value


class Trace:
    """What a traced function asked to be written, in order, and what its graph depends on."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.assumptions: dict[tuple[int, str], Assumption] = {}

    def assume(self, holder: Any, attribute: str, value: Any) -> None:
        """Note that the graph is another one where `attribute` has another value."""
        assumption = Assumption(holder, attribute, value)
        self.assumptions.setdefault((id(holder), attribute), assumption)

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
    trace, outer = Trace(), _current.get()
    with _under(trace):
        yield trace
    if outer is not None:
        outer.assumptions |= trace.assumptions


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
