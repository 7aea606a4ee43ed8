"""Caught up: rows that are moved when somebody reads them, by all the steps they missed at once."""

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
    updating,
)
from chainrule.ops import stop_gradient, take_stored
from chainrule.optim.transform import State, Transform, idled, per_row

_ROWS_AT_ONCE = 1 << 14


@dataclass(frozen=True, eq=False)
class CaughtUp:
    """Lazy rows of a table whose untouched rows a dense update would go on moving.

    table       what is stored of it is each row as of the step number in `last` (count,), int64
    state       of the transforms, as of the same steps
    steps       the number of the present step
    rate        constant since the last of these steps: setting it settles first
    factor      of the table's group, times the rate
    decay       of the weights, after the transforms: rows shrink by rate · factor · decay per step
    scheduled   whether the rate changes from step to step, so that nothing may move unread
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

    def keep(self) -> None:
        """Defer the updates of rows of the table and of its state.

        Raises ChainruleError if it is not known how the transforms go on without gradient, or if
        they move rows at a rate that follows a schedule: the sums are known for one rate only.
        """
        with eagerly():
            self.present(Constant(np.zeros(0, np.int64)))
        for each in self._kept:
            each.lazy_rows = self

    def present(self, ids: Tensor) -> tuple[Tensor, State]:
        """Return the rows at `ids` (n,) and their state as they are after the present step."""
        missed = self.steps - take_stored(self.last, ids)
        state: State = {slot: take_stored(each, ids) for slot, each in self.state.items()}
        rows = take_stored(self.table, ids)
        update, changed = idled(self.transforms, state, missed, self.steps)
        if update is not None or self.decay:
            rows = self._moved(rows, update, missed)
        return rows, state | changed

    def _moved(self, rows: Tensor, update: Tensor | None, missed: Tensor) -> Tensor:
        """Return rows after the sum of their missed updates, or after so many steps of decay."""
        self._require_sum_known(update)
        rate = self.rate * self.factor
        if update is not None:
            return rows - update * rate.astype(rows.dtype)
        lost = 1 - (1 - rate * self.decay) ** missed.astype("float64")
        # the gradient of the present row is wanted, though it is taken of the stored one
        return rows - stop_gradient(rows) * per_row(lost, rows)

    def rows(self, of: Parameter, ids: Any) -> Tensor:
        """Return the present rows (..., *row) of the table or of its state at `ids` (...).

        A row's gradient is that of the stored row, from which it was moved by a number.
        """
        ids = as_tensor(ids)
        if ids.dtype.kind != "i":
            return take_stored(of, ids)  # which says what is wrong with them
        flat = ids.reshape(ids.size)
        value, state = self.present(flat)
        slots = {each: state[slot] for slot, each in self.state.items()} | {self.table: value}
        found = slots[of] if of in slots else take_stored(of, flat)
        return found.reshape(*ids.shape, *of.shape[1:])

    def settle(self) -> None:
        """Write the present value of every row that is behind; as values, these are no change."""
        with updating(), eagerly():
            before = {each: each.changed for each in self._kept}
            for ids in self._behind():
                value, state = self.present(Constant(ids))
                self.table.store_rows(ids, value.peek())
                for slot, each in self.state.items():
                    each.store_rows(ids, state[slot].peek())
                self.last.store_rows(ids, np.broadcast_to(self.steps.peek(), ids.shape))
            for each, changed in before.items():
                each.changed = changed

    def before_gate(self, name: str) -> None:
        """Settle, so that a gate can read the whole; refuse to while a function is traced."""
        if current_trace() is not None:
            raise ChainruleError(
                f"{name} reads all of {self.table.name!r} in a compiled function, but its rows are "
                "caught up lazily. Look rows up with cr.take(table, ids), outside the cell of a "
                "scan, or make the optimizer with rows='dense'."
            )
        self.settle()

    def release(self) -> None:
        """Settle, and keep the table no more."""
        self.settle()
        for each in self._kept:
            each.lazy_rows = None

    def require_kept(self) -> None:
        """Raise ChainruleError if another optimizer was made for the table since."""
        if self.table.lazy_rows is not self:
            raise ChainruleError(
                f"The rows of {self.table.name!r} belong to an optimizer that was made later, so "
                "this one cannot know how far behind they are. Go on with the later one."
            )

    def _require_sum_known(self, update: Tensor | None) -> None:
        if update is not None and self.decay:
            raise ChainruleError(
                f"rows='caught_up' was asked for {self.table.name!r} with a weight decay beside "
                "transforms that go on moving rows without gradient; what both come to is not "
                "known. Choose rows='touched' or rows='dense', or give the table a group with "
                "weight_decay 0."
            )
        if self.scheduled:
            raise ChainruleError(
                f"rows='caught_up' was asked for {self.table.name!r} with a learning rate that "
                "follows a schedule. Unread rows would have moved at many rates, the sum of which "
                "is not known. Choose rows='touched' or rows='dense', or set a constant rate."
            )

    @property
    def _kept(self) -> list[Parameter]:
        return [self.table, *self.state.values(), self.last]

    def _behind(self) -> Iterator[np.ndarray[Any, Any]]:
        """Yield the ids of the rows that missed steps, some at a time for the memory's sake."""
        ids = np.flatnonzero(self.last.peek() < self.steps.peek())
        for first in range(0, len(ids), _ROWS_AT_ONCE):
            yield ids[first : first + _ROWS_AT_ONCE]
