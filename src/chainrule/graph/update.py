"""Updates: what a step will write into parameters, all of it applied together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from chainrule.graph.leaves import Parameter
from chainrule.graph.primitive import Array
from chainrule.graph.tensor import Tensor
from chainrule.graph.tracing import current_trace


@dataclass(frozen=True)
class Replace:
    """Give `parameter` the value of `new`."""

    parameter: Parameter
    new: Tensor

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """What the update writes from."""
        return (self.new,)

    def apply(self, new: Array) -> None:
        """Write the new value."""
        self.parameter.assign(new)


@dataclass(frozen=True)
class ReplaceRows:
    """Give the rows of `parameter` at `ids` (n,) the values `rows` (n, ...), where `keep` (n,)."""

    parameter: Parameter
    ids: Tensor
    rows: Tensor
    keep: Tensor

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """What the update writes from."""
        return (self.ids, self.rows, self.keep)

    def apply(self, ids: Array, rows: Array, keep: Array) -> None:
        """Write the new rows; the cost is theirs, not the table's."""
        chosen = np.flatnonzero(keep)
        self.parameter.store_rows(ids[chosen], rows[chosen])


Update = Replace | ReplaceRows

_before: ContextVar[dict[Parameter, Array] | None] = ContextVar("before", default=None)


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back, at the end, the updates that are applied inside."""
    before: dict[Parameter, Array] = {}
    token = _before.set(before)
    try:
        yield
    finally:
        _before.reset(token)
        for parameter, value in before.items():
            parameter.assign(value)


def apply_together(updates: Sequence[Update]) -> None:
    """Apply the updates of one step, whose new values were all computed from the old ones.

    All new values are read before the first is written, so that one without a value leaves
    everything as it was. While a function is traced the updates are recorded instead, for the
    compiled step to apply.
    """
    trace = current_trace()
    if trace is not None:
        trace.updates += updates
        return
    values = [[each.read() for each in update.sources] for update in updates]
    before = _before.get()
    if before is not None:
        for update in updates:
            before.setdefault(update.parameter, np.array(update.parameter.value))
    for update, arrays in zip(updates, values, strict=True):
        update.apply(*arrays)
