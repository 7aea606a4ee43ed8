"""Tracing: while a function is traced, what depends on inputs or parameters has no value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from chainrule.graph.computed_once import computed_once
from chainrule.graph.errors import ChainruleError
from chainrule.graph.origin import here


class Assumption(NamedTuple):
    """That an attribute, on which the graph depends, still is what it was in the trace."""

    holder: Any
    attribute: str
    value: Any

    @property
    def holds(self) -> bool:
        """Whether it is."""
        return getattr(self.holder, self.attribute) is self.value


class Pending:
    """An update that waits for the end of the call.

    update  what will be written
    origin  where it was asked for
    serial  its number among the nodes: older nodes have read the value before
    """

    def __init__(self, update: Any, serial: int) -> None:
        self.update = update
        self.origin = here()
        self.serial = serial

    @computed_once
    def new(self) -> Any:
        """What the parameter will hold, as the graph that computes it."""
        return self.update.new

    @computed_once
    def read(self) -> Any:
        """What a gate reads in place of the parameter: its new value, without a history."""
        return self.new.without_history()


class Trace:
    """What a traced function asked to be written, in order, and what its graph depends on.

    function  the name of the function, for messages
    pending   by parameter, the last update of it: it is read as updated from there on
    reads     by the node that was read in place of an updated parameter, that parameter
    numbers   the arguments that are Python numbers and that Python itself has read: the graph
              holds for their values only
    """

    def __init__(self, function: str) -> None:
        self.function = function
        self.updates: list[Any] = []
        self.pending: dict[Any, Pending] = {}
        self.assumptions: dict[tuple[int, str], Assumption] = {}
        self.reads: dict[Any, Any] = {}
        self.numbers: set[Any] = set()

    def assume(self, holder: Any, attribute: str, value: Any) -> None:
        """Note that the graph is another one where `attribute` has another value."""
        assumption = Assumption(holder, attribute, value)
        self.assumptions.setdefault((id(holder), attribute), assumption)

    def record(self, update: Any, serial: int) -> None:
        """Note an update, asked for now, for the end of the call."""
        self.updates.append(update)
        self.pending[update.parameter] = Pending(update, serial)

    def latest(self, parameter: Any) -> Any:
        """Return what `parameter` will hold after the updates so far: itself if there is none."""
        pending = self.pending.get(parameter)
        return parameter if pending is None else self._of_old_value(parameter, pending, "new")

    def as_updated(self, tensor: Any) -> Any:
        """Return what a gate reads that is given `tensor`: a parameter as it was updated."""
        pending = self.pending.get(tensor)
        if pending is None:
            return tensor
        read = self._of_old_value(tensor, pending, "read")
        self.reads[read] = tensor
        return read

    def _of_old_value(self, parameter: Any, pending: Pending, asked: str) -> Any:
        """Return a value that is made, when it is asked for first, from the parameter's old one."""
        del self.pending[parameter]
        try:
            return getattr(pending, asked)
        finally:
            self.pending[parameter] = pending


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
def tracing(function: str = "a compiled function") -> Iterator[Trace]:
    """Trace what is computed inside: build its graph, compute no value, apply no update."""
    trace, outer = Trace(function), _current.get()
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
