"""Lazy rows: reading a row of a table applies the updates of all missed steps to it at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import (
    ChainruleError,
    Constant,
    Parameter,
    Tensor,
    as_tensor,
    current_trace,
    eagerly,
    is_integer,
    updating,
)
from chainrule.ops import stop_gradient, take_stored
from chainrule.optim.transform import State, Transform, idled, per_row

_ROWS_AT_ONCE = 1 << 14


@dataclass(frozen=True, eq=False)
class LazyRowUpdates:
    """Lazy rows of a table, for transforms that update rows without gradient in every step.

    table      stores each row as of the step in `last` (count,), int64
    state      the state of the transforms, as of the same steps
    steps      the number of the current step
    rate       the learning rate, constant since the earliest of these steps
    factor     the factor of the rate in the group of the table
    decay      decoupled weight decay: rows shrink by rate · factor · decay per step
    scheduled  whether the rate follows a schedule; then untouched rows must not change
    """

    table: Parameter
    state: dict[str, Parameter]
    last: Parameter
    transforms: Sequence[Transform]
    steps: Parameter
    rate: Parameter
    factor: float = 1.0
    decay: float = 0.0
    scheduled: bool = False

    def attach(self) -> None:
        """Defer the updates of rows of the table and of its state.

        Raises ChainruleError if the sum of the updates without gradient is not known: the
        transforms do not define it, or the rate of these updates follows a schedule.
        """
        with eagerly():
            self.current(Constant(np.zeros(0, np.int64)))
        for each in self._parameters:
            each.lazy_rows = self

    def current(self, ids: Tensor) -> tuple[Tensor, State]:
        """Return the rows at `ids` (n,) and their state as of the current step."""
        missed = self.steps - take_stored(self.last, ids)
        state: State = {slot: take_stored(each, ids) for slot, each in self.state.items()}
        rows = take_stored(self.table, ids)
        update, changed = idled(self.transforms, state, missed, self.steps)
        if update is not None or self.decay:
            rows = self._updated(rows, update, missed)
        return rows, state | changed

    def _updated(self, rows: Tensor, update: Tensor | None, missed: Tensor) -> Tensor:
        """Return rows after the sum of their missed updates, or after the missed steps of decay."""
        self._require_sum_known(update)
        rate = self.rate * self.factor
        if update is not None:
            return rows - update * rate.astype(rows.dtype)
        lost = 1 - (1 - rate * self.decay) ** missed.astype("float64")
        # the gradient with respect to the stored row is used as that of the current row
        return rows - stop_gradient(rows) * per_row(lost, rows)

    def rows(self, of: Parameter, ids: Any) -> Tensor:
        """Return the current rows (..., *row) of the table or of its state at `ids` (...).

        The gradient of a current row is that of the stored row: the two differ by a constant.
        """
        ids = as_tensor(ids)
        if not is_integer(ids.dtype):
            return take_stored(of, ids)  # raises the error for invalid ids
        flat = ids.reshape(ids.size)
        value, state = self.current(flat)
        slots = {each: state[slot] for slot, each in self.state.items()} | {self.table: value}
        found = slots[of] if of in slots else take_stored(of, flat)
        return found.reshape(*ids.shape, *of.shape[1:])

    def catch_up(self) -> None:
        """Apply the missed updates to every row; this does not count as a change of the table."""
        with updating(), eagerly():
            before = {each: each.changed for each in self._parameters}
            for ids in self._behind():
                value, state = self.current(Constant(ids))
                self.table.store_rows(ids, value.peek())
                for slot, each in self.state.items():
                    each.store_rows(ids, state[slot].peek())
                self.last.store_rows(ids, np.broadcast_to(self.steps.peek(), ids.shape))
            for each, changed in before.items():
                each.changed = changed

    def before_gate(self, name: str) -> None:
        """Bring all rows up to date before a gate reads the table.

        Raises ChainruleError while a function is traced.
        """
        if current_trace() is not None:
            raise ChainruleError(
                f"{name} reads all of {self.table.name!r} in a compiled function, but the rows of "
                "this table are updated lazily. Look rows up with cr.take(table, ids), outside the "
                "body of a scan, or make the optimizer with rows='dense'."
            )
        self.catch_up()

    def release(self) -> None:
        """Bring all rows up to date, and detach from the table."""
        self.catch_up()
        for each in self._parameters:
            each.lazy_rows = None

    def require_attached(self) -> None:
        """Raise ChainruleError if a later optimizer was created for the table."""
        if self.table.lazy_rows is not self:
            raise ChainruleError(
                f"The rows of {self.table.name!r} belong to an optimizer that was made later, so "
                "their missed steps are not known here. Use the later optimizer."
            )

    def _require_sum_known(self, update: Tensor | None) -> None:
        """Raise ChainruleError if the sum of the missed updates has no known form."""
        if update is not None and self.decay:
            raise ChainruleError(
                f"rows='caught_up' was requested for {self.table.name!r} with a weight decay "
                "beside transforms that update rows without gradient; the sum of both is not "
                "known. Choose rows='touched' or rows='dense', or give the table a group with "
                "weight_decay 0."
            )
        if self.scheduled:
            raise ChainruleError(
                f"rows='caught_up' was requested for {self.table.name!r} with a learning rate that "
                "follows a schedule. The sum of updates at different rates is not known. Choose "
                "rows='touched' or rows='dense', or set a constant rate."
            )

    @property
    def _parameters(self) -> list[Parameter]:
        return [self.table, *self.state.values(), self.last]

    def _behind(self) -> Iterator[np.ndarray[Any, Any]]:
        """Yield the ids of rows that missed steps, in blocks of limited size."""
        ids = np.flatnonzero(self.last.peek() < self.steps.peek())
        for first in range(0, len(ids), _ROWS_AT_ONCE):
            yield ids[first : first + _ROWS_AT_ONCE]
