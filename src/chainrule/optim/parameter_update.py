"""The update of one parameter: its state, its transforms, and the updates of a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array, ChainruleError, Parameter, Tensor, Update
from chainrule.ops import broadcast_to
from chainrule.optim.decay import split_decay
from chainrule.optim.lazy_row_updates import LazyRowUpdates
from chainrule.optim.options import RowSemantics
from chainrule.optim.parameter_groups import ParameterGroup
from chainrule.optim.rate import Rate
from chainrule.optim.row_updates import (
    AddedRows,
    TableRows,
    WhereDue,
    Whole,
    added,
    every_row,
    is_rows,
    summed,
)
from chainrule.optim.transform import State, Transform
from chainrule.optim.update_parts import UpdatePart


@dataclass(frozen=True, eq=False)
class ParameterUpdate:
    """The update of one parameter by an optimizer.

    name       the name of the parameter when the optimizer was created: the path of its state
    group      its factor of the rate, and its decay, which is part of the chain already
    chain      the transforms from its gradient to its update
    rows       the treatment of rows that a batch did not look up; see `Optimizer`
    slots      the state of the chain
    lazy_rows  brings its rows up to date when they are read; None if every step updates all
    """

    parameter: Parameter
    name: str
    group: ParameterGroup
    chain: Sequence[Transform]
    rows: RowSemantics
    slots: dict[str, Parameter]
    lazy_rows: LazyRowUpdates | None

    @property
    def state(self) -> dict[str, Parameter]:
        """The slots; for lazy rows also "last", the step of the last update of each row."""
        return self.slots if self.lazy_rows is None else {**self.slots, "last": self.lazy_rows.last}

    def take_over(self) -> None:
        """Replace the lazy rows of an earlier optimizer of the parameter."""
        if self.parameter.lazy_rows is not None:
            self.parameter.lazy_rows.release()
        if self.lazy_rows is not None:
            self.lazy_rows.attach()

    def part(self, gradient: Tensor | None) -> UpdatePart | None:
        """Return the part that a step updates, with its gradient; None if it updates nothing."""
        if gradient is not None and is_rows(gradient) and (self.lazy_rows or self.rows != "dense"):
            self._require_table()
            of_rows = added if self.rows == "added" else summed
            return UpdatePart(self.parameter, *of_rows(gradient, self.parameter.shape[1:]))
        if self.lazy_rows is not None:
            return UpdatePart(self.parameter, every_row(self.parameter), gradient)
        return None if gradient is None else UpdatePart(self.parameter, Whole(), gradient)

    def updates(self, change: UpdatePart, step: Tensor, rate: Rate) -> list[Update]:
        """Return the updates of one step: of the part, and of its state."""
        part = change.part
        if isinstance(part, AddedRows):
            assert change.gradient is not None
            return [part.add(self.parameter, change.gradient, -self._factor(rate))]
        value, state = self._current(part)
        new: State = {} if self.lazy_rows is None else state
        if change.gradient is not None:
            value, changed = self._stepped(value, change.gradient, state, step, rate)
            new = new | changed
        updates = [part.write(self.parameter, value)]
        updates += [part.write(self.slots[slot], each) for slot, each in new.items()]
        if self.lazy_rows is not None:
            assert isinstance(part, TableRows)
            updates.append(part.write(self.lazy_rows.last, broadcast_to(step, part.ids.shape)))
        return updates

    def _current(self, part: Whole | TableRows | WhereDue) -> tuple[Tensor, State]:
        """Return the part and its state as of the current step."""
        if self.lazy_rows is None:
            return part.read(self.parameter), {s: part.read(each) for s, each in self.slots.items()}
        assert isinstance(part, TableRows)
        return self.lazy_rows.current(part.ids)

    def _stepped(
        self, value: Tensor, gradient: Tensor, state: State, step: Tensor, rate: Rate
    ) -> tuple[Tensor, State]:
        """Return the value and the state after one step of the chain."""
        new_state: State = {}
        for transform in self.chain:
            gradient, changed = transform(gradient, state, step, value)
            new_state |= changed
        return value - gradient * self._factor(rate), new_state

    def _factor(self, rate: Rate) -> Tensor:
        """Return the factor of the update, in the parameter's dtype."""
        return rate.times(self.group.learning_rate_factor).astype(self.parameter.dtype)

    def _require_table(self) -> None:
        if self.rows == "caught_up" and self.chain and self.lazy_rows is None:
            raise ChainruleError(
                f"Rows of the parameter {self.parameter.name!r} were looked up, and "
                "rows='caught_up' was requested, but it is not marked as a table. Make it with "
                "cr.parameter(..., table=True), or choose rows='touched' or rows='dense'."
            )


def parameter_update(
    each: Parameter,
    group: ParameterGroup,
    chain: Sequence[Transform],
    rows: RowSemantics,
    steps: Parameter,
    rate: Rate,
) -> ParameterUpdate:
    """Return the update of a parameter, with its state before the first step."""
    slots = {
        slot: _slot(each, slot, np.full(each.shape, number, each.dtype) if number else _zeros(each))
        for transform in chain
        for slot, number in transform.slots.items()
    }
    lazy_rows = None
    if rows == "caught_up" and each.table and chain:
        last = _slot(each, "last", np.zeros(each.shape[0], np.int64))
        transforms, decay = split_decay(chain)
        factor, scheduled = group.learning_rate_factor, rate.schedule is not None
        lazy_rows = LazyRowUpdates(
            each, slots, last, transforms, steps, rate.parameter, factor, decay, scheduled
        )
    return ParameterUpdate(each, str(each.name), group, chain, rows, slots, lazy_rows)


def _slot(of: Parameter, slot: str, value: Array) -> Parameter:
    return Parameter(value, f"{of.name}.{slot}", trainable=False)


def _zeros(like: Parameter) -> Array:
    """Return zeros; the system allocates their memory at the first write."""
    return np.zeros(like.shape, like.dtype)
