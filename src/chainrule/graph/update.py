"""Updates: what a step will write into parameters, all of it applied together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from chainrule.graph.errors import ChainruleError
from chainrule.graph.leaves import Parameter
from chainrule.graph.order import topological_order
from chainrule.graph.origin import here
from chainrule.graph.primitive import PRIMITIVES, Array
from chainrule.graph.tensor import Tensor, apply
from chainrule.graph.tracing import Trace, current_trace


@dataclass(frozen=True)
class Replace:
    """Give `parameter` the value of `new`."""

    parameter: Parameter
    new: Tensor

    @property
    def written(self) -> Tensor:
        """The values that the update computed."""
        return self.new

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
    def new(self) -> Tensor:
        """The whole value after the update."""
        before = apply(PRIMITIVES["take"], self.parameter, self.ids, axis=0)
        change = self.rows - before
        keep = self.keep.reshape(*self.keep.shape, *(1,) * (change.ndim - 1))
        kept = apply(PRIMITIVES["where"], keep, change, 0)
        size = self.parameter.shape[0]
        return self.parameter + apply(PRIMITIVES["add_rows"], kept, self.ids, size=size, axis=0)

    @property
    def written(self) -> Tensor:
        """The values that the update computed."""
        return self.rows

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
    compiled step to apply; ChainruleError is raised for a second update of a parameter that does
    not go on from the `latest` value, so that the first would be lost.
    """
    trace = current_trace()
    if trace is not None:
        for update in updates:
            _require_goes_on(update, trace)
            trace.record(update)
        return
    values = [[each.read() for each in update.sources] for update in updates]
    before = _before.get()
    if before is not None:
        for update in updates:
            before.setdefault(update.parameter, np.array(update.parameter.value))
    for update, arrays in zip(updates, values, strict=True):
        update.apply(*arrays)


def refuse_second_update(parameters: Iterable[Parameter]) -> None:
    """Raise ChainruleError if one of them is updated already in the call that is traced."""
    trace = current_trace()
    if trace is not None:
        for each in parameters:
            if each in trace.pending:
                raise _lost(each, trace)


def _require_goes_on(update: Update, trace: Trace) -> None:
    """Raise ChainruleError for an update that an earlier one of its parameter has no part in."""
    if update.parameter not in trace.pending:
        return
    earlier = trace.pending[update.parameter].update
    if earlier.written not in set(topological_order([update.written])):
        raise _lost(update.parameter, trace)


def _lost(parameter: Parameter, trace: Trace) -> ChainruleError:
    return ChainruleError(
        f"In a compiled function the parameter {parameter.name!r} is updated at "
        f"{trace.pending[parameter].origin}, and again at {here()}. Updates are applied together "
        "when the function returns, so that the first would be lost. Update it once, for example "
        "to minimize the sum of the losses, or in a second compiled function."
    )
