"""Accumulation: the mean gradient of several losses, for batches that do not fit at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import ChainruleError, Constant, Parameter, Replace, Tensor, Update
from chainrule.ops import add_rows, equal, logical_and, logical_not, logical_or, where
from chainrule.optim.checks import require_whole
from chainrule.optim.row_updates import Due, is_rows
from chainrule.optim.update_parts import Move


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

    def moves(self, gradients: Sequence[Tensor | None]) -> tuple[list[Move], list[Update]]:
        """Return what moves, where a step is due, and what is noted of this call's gradients.

        Raises ChainruleError if rows of a parameter were looked up that is no table.
        """
        moves: list[Move] = []
        updates: list[Update] = [Replace(self.calls, where(self.due, 0, self.calls + 1))]
        for each, gradient in zip(self.slots, gradients, strict=True):
            mean, moving, noted = self._added(each, gradient)
            moves.append(Move(each, Due(moving), mean))
            updates += noted
        return moves, updates

    def rest(self) -> tuple[list[Move], list[Update]]:
        """Return what moves in a step of the calls since the last one, and what is then forgotten.

        Their gradients count with their mean, as many as they are; there is at least one.
        """
        larger = self.every / float(self.calls.item())
        moves: list[Move] = []
        updates: list[Update] = [_cleared(self.calls)]
        for each, slots in self.slots.items():
            accumulated, touched = slots["accumulated"], slots["touched"]
            moves.append(Move(each, Due(touched), accumulated * larger))
            updates += [_cleared(accumulated), _cleared(touched)]
        return moves, updates

    def _added(self, to: Parameter, gradient: Tensor | None) -> tuple[Tensor, Tensor, list[Update]]:
        """Return the mean gradient, where a step moves the parameter, and the updates of slots."""
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


def _slots(each: Parameter, by_rows: bool) -> dict[str, Parameter]:
    rows = each.shape[:1] if by_rows and each.table else ()
    values = {"accumulated": np.zeros(each.shape, each.dtype), "touched": np.zeros(rows, np.bool_)}
    return {
        slot: Parameter(value, f"{each.name}.{slot}", trainable=False)
        for slot, value in values.items()
    }


def _cleared(slot: Parameter) -> Update:
    return Replace(slot, Constant(np.zeros(slot.shape, slot.dtype)))


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
    require_whole(optimizer, 1, accumulate=every)
    if every > 1 and rows == "caught_up":
        raise ChainruleError(
            f"{optimizer} was asked to accumulate {every} gradients with rows='caught_up', which "
            "moves rows when they are read and so cannot wait. Choose rows='touched' or "
            "rows='dense'."
        )
