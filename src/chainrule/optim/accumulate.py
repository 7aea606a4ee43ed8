"""Gradient accumulation: the mean gradient of several losses, for batches that exceed memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import ChainruleError, Constant, Parameter, Replace, Tensor, Update
from chainrule.ops import add_rows, equal, logical_and, logical_not, logical_or, where
from chainrule.optim.checks import require_whole
from chainrule.optim.row_updates import WhereDue, is_rows
from chainrule.optim.update_parts import UpdatePart


class Accumulation:
    """The sum of the gradients of `every` calls, computed in the graph, and whether a step is due.

    calls  the number of calls since the last step, int64 ()
    slots  by parameter: "accumulated", the sum so far of gradient / every, and "touched", whether
           there was a gradient: bool (), or (rows,) for a table of which only touched rows change
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

    def parts(self, gradients: Sequence[Tensor | None]) -> tuple[list[UpdatePart], list[Update]]:
        """Return the parts that a due step updates, and the updates of the accumulated gradients.

        Raises ChainruleError if rows were looked up in a parameter that is not a table.
        """
        parts: list[UpdatePart] = []
        updates: list[Update] = [Replace(self.calls, where(self.due, 0, self.calls + 1))]
        for each, gradient in zip(self.slots, gradients, strict=True):
            mean, touched, noted = self._added(each, gradient)
            parts.append(UpdatePart(each, WhereDue(touched), mean))
            updates += noted
        return parts, updates

    def rest(self) -> tuple[list[UpdatePart], list[Update]]:
        """Return the parts of a step with the calls since the last step, and the updates to zero.

        The step uses the mean gradient of these calls; there must be at least one.
        """
        larger = self.every / float(self.calls.item())
        parts: list[UpdatePart] = []
        updates: list[Update] = [_cleared(self.calls)]
        for each, slots in self.slots.items():
            accumulated, touched = slots["accumulated"], slots["touched"]
            parts.append(UpdatePart(each, WhereDue(touched), accumulated * larger))
            updates += [_cleared(accumulated), _cleared(touched)]
        return parts, updates

    def _added(self, to: Parameter, gradient: Tensor | None) -> tuple[Tensor, Tensor, list[Update]]:
        """Return the mean gradient, where a step is due, and the updates of the slots."""
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
                f"Gradients of looked-up rows of the parameter {to.name!r} were to be accumulated, "
                "but it is not marked as a table, so that untouched rows are not known. Make it "
                "with cr.parameter(..., table=True), or choose rows='dense'."
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
    """Return where a parameter has a gradient: bool, in the shape of `seen`."""
    if not is_rows(gradient):
        return Constant(np.ones(seen.shape, np.bool_))
    if not seen.ndim:
        return Constant(np.ones((), np.bool_))
    ids = gradient.inputs[1].reshape(-1)
    return add_rows(Constant(np.ones(ids.shape, np.float32)), ids, to.shape[0]) > 0


def require_accumulation(optimizer: str, every: int, rows: str) -> None:
    """Raise ValueError for an invalid number of calls, ChainruleError for lazy rows."""
    require_whole(optimizer, 1, accumulate=every)
    if every > 1 and rows == "caught_up":
        raise ChainruleError(
            f"{optimizer} was asked to accumulate {every} gradients with rows='caught_up', which "
            "does not support accumulation. Choose rows='touched' or rows='dense'."
        )
