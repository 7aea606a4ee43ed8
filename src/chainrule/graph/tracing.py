"""Tracing: nodes that depend on inputs or parameters have no value while a function is traced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from chainrule.graph.computed_once import computed_once
from chainrule.graph.errors import ChainruleError
from chainrule.graph.origin import here
from chainrule.graph.replaced import read_for


class Assumption(NamedTuple):
    """The value of an attribute that the traced graph depends on."""

    holder: Any
    attribute: str
    value: Any

    @property
    def holds(self) -> bool:
        """Whether the attribute still has this value."""
        return getattr(self.holder, self.attribute) is self.value


class Pending:
    """An update that is applied at the end of the traced call.

    update  the update
    origin  its source line
    serial  its serial number: older nodes read the value before the update
    """

    def __init__(self, update: Any, serial: int) -> None:
        self.update = update
        self.origin = here()
        self.serial = serial

    @computed_once
    def new(self) -> Any:
        """The new value of the parameter, as the graph that computes it."""
        return self.update.new

    @computed_once
    def read(self) -> Any:
        """The tensor that gates read in place of the parameter: its new value, without history."""
        return self.new.without_history()


class Trace:
    """The updates of a traced function, in order, and the assumptions of its graph.

    function  the name of the function, for messages
    pending   the last update of each parameter; later reads of the parameter give the new value
    reads     the parameter of each node that was read in place of an updated parameter
    numbers   the number arguments whose value Python has read: the graph is valid for these
              values only
    constants the last constant of each Python number, by type, value and dtype; gates of one origin
              share it
    """

    def __init__(self, function: str) -> None:
        self.function = function
        self.updates: list[Any] = []
        self.pending: dict[Any, Pending] = {}
        self.assumptions: dict[tuple[int, str], Assumption] = {}
        self.reads: dict[Any, Any] = {}
        self.numbers: set[Any] = set()
        self.constants: dict[tuple[type, Any, Any], Any] = {}

    def assume(self, holder: Any, attribute: str, value: Any) -> None:
        """Record that the graph is valid only while `attribute` has this value."""
        assumption = Assumption(holder, attribute, value)
        self.assumptions.setdefault((id(holder), attribute), assumption)

    def record(self, update: Any, serial: int) -> None:
        """Record an update for the end of the call."""
        self.updates.append(update)
        self.pending[update.parameter] = Pending(update, serial)

    def latest(self, parameter: Any) -> Any:
        """Return the value of `parameter` after the updates so far; itself without updates."""
        pending = self.pending.get(parameter)
        return parameter if pending is None else self._of_old_value(parameter, pending, "new")

    def as_updated(self, tensor: Any) -> Any:
        """Return the tensor that gates read for `tensor`: the new value if it was updated."""
        pending = self.pending.get(tensor)
        if pending is None:
            return tensor
        read = self._of_old_value(tensor, pending, "read")
        self.reads[read] = tensor
        return read

    def _of_old_value(self, parameter: Any, pending: Pending, asked: str) -> Any:
        """Return a property of a pending update, which is computed from the old value."""
        del self.pending[parameter]
        try:
            return getattr(pending, asked)
        finally:
            self.pending[parameter] = pending


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


current_trace = _current.get
"""Return the trace under way, or None in eager code."""


def latest(parameter: Any) -> Any:
    """Return the value of `parameter` after the updates so far of a traced call.

    Of a replaced parameter, the tensor that is read in its place.
    """
    parameter, trace = read_for(parameter), current_trace()
    return parameter if trace is None else trace.latest(parameter)


def require_between_calls(asked: str, cure: str) -> None:
    """Raise ChainruleError in a traced function.

    asked  what was asked
    cure   what to do instead
    """
    if current_trace() is not None:
        raise ChainruleError(
            f"{asked} in a compiled function, where it would happen once, while the function is "
            f"traced. {cure}"
        )


@contextmanager
def tracing(function: str = "a compiled function") -> Iterator[Trace]:
    """Trace the block: build its graph without computing values or applying updates."""
    trace, outer = Trace(function), _current.get()
    with _under(trace):
        yield trace
    if outer is not None:
        outer.assumptions |= trace.assumptions


def eagerly() -> AbstractContextManager[None]:
    """Suspend the trace under way: in the block, values are computed and updates applied."""
    return _under(None)


@contextmanager
def _under(trace: Trace | None) -> Iterator[None]:
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
