"""Value reads: where a differentiated function reads the value of a tensor as a number or array."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from chainrule.graph.origin import Origin, here


class ValueRead(NamedTuple):
    """One read of a tensor's value: the tensor, the way it was read, and the user's line."""

    tensor: Any
    way: str
    origin: Origin


_records: ContextVar[tuple[list[ValueRead], ...]] = ContextVar("value reads", default=())


@contextmanager
def recorded_value_reads() -> Iterator[list[ValueRead]]:
    """Record the value reads inside the block, those of nested records included."""
    reads: list[ValueRead] = []
    token = _records.set((*_records.get(), reads))
    try:
        yield reads
    finally:
        _records.reset(token)


def note_value_read(tensor: Any, way: str) -> None:
    """Record a read of the value of a tensor in every record under way."""
    records = _records.get()
    if records and tensor.tracked and tensor.dtype.kind == "f":
        read = ValueRead(tensor, way, here())
        for each in records:
            each.append(read)
