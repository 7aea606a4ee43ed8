"""Departures: where values left the graph while a function was differentiated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from chainrule.graph.origin import Origin, here


class ValueRead(NamedTuple):
    """A tensor whose value was read as a number or an array, how, and on which line."""

    tensor: Any
    way: str
    origin: Origin


_watchers: ContextVar[tuple[list[ValueRead], ...]] = ContextVar("watchers", default=())


@contextmanager
def recorded_value_reads() -> Iterator[list[ValueRead]]:
    """Record the values that are read inside; those within an inner record are in both."""
    departures: list[ValueRead] = []
    token = _watchers.set((*_watchers.get(), departures))
    try:
        yield departures
    finally:
        _watchers.reset(token)


def note_value_read(tensor: Any, way: str) -> None:
    """Note that the value of a tensor is read, if anybody watches."""
    watchers = _watchers.get()
    if watchers and tensor.tracked and tensor.dtype.kind == "f":
        departure = ValueRead(tensor, way, here())
        for each in watchers:
            each.append(departure)
