"""Accumulation: the mean gradient of several losses, for batches that do not fit at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.graph import ChainruleError, Constant, Parameter, Replace, Tensor, Update
from chainrule.ops import add_rows, equal, logical_and, logical_not, logical_or, where
from chainrule.optim.rows import is_rows


class Accumulation:
    """Sums the gradients of `every` calls, in the graph, and says when a step is due.

    calls    how many calls since the last step, int64 ()
    slots    by parameter: "accumulated", the sum so far of gradient / every, and "touched", whether
             a gradient came: bool (), or (rows,) for a table of which rows rest without gradient
    """

    def __init__(self, every: int, parameters: Sequence[Parameter], by_rows: bool) -> None:
        self.every = every
        self._by_rows = by_rows
        self.calls = Parameter(np.zeros((), np.int64), "accumulated_calls", trainable=False)
        self.slots = {each: _slots(each, by_rows) for each in parameters}

    @property
    def due(self) -> Tensor:
        """Whether this call completes a step: bool ()."""
        return equal(self.calls + 1, self.every)

    def add(self, to: Parameter, gradient: Tensor | None) -> tuple[Tensor, Tensor, list[Update]]:
        """Return the mean gradient, where a step moves the parameter, and the updates of the slots.

        Raises ChainruleError if rows of a parameter were looked up that is no table.
        """
        total: Tensor = self.slots[to]["accumulated"]
        seen: Tensor = self.slots[to]["touched"]
        if gradient is not None:
            self._require_table(to, gradient)
            total = total + gradient * (1 / self.every)
            seen = logical_or(seen, _rows_of(to, gradient, seen))
        due = self.due
        updates: list[Update] = [
            Replace(self.slots[to]["accumulated"], where(due, 0, total)),
            Replace(self.slots[to]["touched"], logical_and(seen, logical_not(due))),
        ]
        return total, logical_and(seen, due), updates

    def _require_table(self, to: Parameter, gradient: Tensor) -> None:
        if self._by_rows and is_rows(gradient) and not to.table:
            raise ChainruleError(
                f"Rows of the parameter {to.name!r} were looked up, and their gradients are "
                "accumulated, but it is not marked as a table, so that it is not known which rows "
                "rest. Make it with cr.parameter(..., table=True), or choose rows='dense'."
            )

    def count(self) -> Update:
        """Return the update that counts this call."""
        return Replace(self.calls, where(self.due, 0, self.calls + 1))


@dataclass(frozen=True, eq=False)
class Due:
    """All of a parameter, of which the rows or all are written where `moves` () or (rows,)."""

    moves: Tensor

    def read(self, of: Parameter) -> Tensor:
        """Return the present value."""
        return of

    def write(self, to: Parameter, new: Tensor) -> Update:
        """Return the update that gives it a new value, where a step is due."""
        moves = self.moves
        if moves.ndim:
            moves = moves.reshape(*moves.shape, *(1,) * (to.ndim - 1))
        return Replace(to, where(moves, new, to))


def _slots(each: Parameter, by_rows: bool) -> dict[str, Parameter]:
    rows = each.shape[:1] if by_rows and each.table else ()
    values = {"accumulated": np.zeros(each.shape, each.dtype), "touched": np.zeros(rows, np.bool_)}
    return {
        slot: Parameter(value, f"{each.name}.{slot}", trainable=False)
        for slot, value in values.items()
    }


def _rows_of(to: Parameter, gradient: Tensor, seen: Tensor) -> Tensor:
    """Return where a gradient touches a parameter, in the shape of `seen`."""
    if not is_rows(gradient):
        return Constant(np.ones(seen.shape, np.bool_))
    if not seen.ndim:
        return Constant(np.ones((), np.bool_))
    ids = gradient.inputs[1].reshape(-1)
    return add_rows(Constant(np.ones(ids.shape, np.float32)), ids, to.shape[0]) > 0


def require_accumulation(optimizer: str, every: int, rows: str) -> None:
    """Raise ValueError for a number of calls that cannot be; ChainruleError for late rows."""
    if not isinstance(every, int) or every < 1:
        raise ValueError(
            f"{optimizer} was given accumulate={every!r}. Give the number of losses per step, an "
            "int of 1 or more."
        )
    if every > 1 and rows == "caught_up":
        raise ChainruleError(
            f"{optimizer} was asked to accumulate {every} gradients with rows='caught_up', which "
            "moves rows when they are read and so cannot wait. Choose rows='touched' or "
            "rows='dense'."
        )
