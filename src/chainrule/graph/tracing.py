"""Tracing: while a function is traced, what depends on inputs or parameters has no value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from chainrule.graph.errors import ChainruleError
from chainrule.graph.origin import Origin, here


class Assumption(NamedTuple):
    """That an attribute, on which the graph depends, still is what it was in the trace."""

    holder: Any
    attribute: str
    value: Any

    @property
    def holds(self) -> bool:
        """Whether it is."""
        return getattr(self.holder, self.attribute) is self.value


class Pending(NamedTuple):
    """An update that waits for the end of the call, and where it was asked for."""

    update: Any
    origin: Origin


class Trace:
    """What a traced function asked to be written, in order, and what its graph depends on.

    pending  by parameter, the last update of it: from there on its value is out of date
    """

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.pending: dict[Any, Pending] = {}
        self.assumptions: dict[tuple[int, str], Assumption] = {}

    def assume(self, holder: Any, attribute: str, value: Any) -> None:
        """Note that the graph is another one where `attribute` has another value."""
        assumption = Assumption(holder, attribute, value)
        self.assumptions.setdefault((id(holder), attribute), assumption)

    def record(self, update: Any) -> None:
        """Note an update, asked for now, for the end of the call."""
        self.updates.append(update)
        self.pending[update.parameter] = Pending(update, here())

    def latest(self, parameter: Any) -> Any:
        """Return what `parameter` will hold after the updates so far: itself if there is none."""
        pending = self.pending.pop(parameter, None)
        if pending is None:
            return parameter
        try:
            return pending.update.new  # of rows, it reads the others as they are
        finally:
            self.pending[parameter] = pending

    def refuse_outdated(self, reader: str, read: Iterable[Any]) -> None:
        """Raise ChainruleError if one of the tensors that are read has an update pending."""
        for each in read:
            if each in self.pending:
                raise ChainruleError(
                    f"In a compiled function the parameter {each.name!r} is updated at "
                    f"{self.pending[each].origin}, and after that read by {reader}, at {here()} or "
                    "in the gradient of what was computed there. Updates are applied when the "
                    "function returns, so that it would be the old value. Read it before the "
                    "update, or in a second compiled function."
                )


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """Return the trace under way, or None while code runs eagerly."""
    return _current.get()


def latest(parameter: Any) -> Any:
    """Return what `parameter` will hold after the updates so far of a call that is traced."""
    trace = current_trace()
    return parameter if trace is None else trace.latest(parameter)


def require_between_calls(asked: str, cure: str) -> None:
    """Raise ChainruleError, which says what was asked and what to do, in a compiled function."""
    if current_trace() is not None:
        raise ChainruleError(
            f"{asked} in a compiled function, where it would happen once, while the function is "
            f"traced. {cure}"
        )


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
