"""Moved: a parameter that an optimizer moves, its state, and what a step writes of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array, ChainruleError, Parameter, Tensor, Update
from chainrule.ops import broadcast_to
from chainrule.optim.caught_up import CaughtUp
from chainrule.optim.decay import split_decay
from chainrule.optim.options import RowSemantics
from chainrule.optim.parameter_groups import Group
from chainrule.optim.rate import Rate
from chainrule.optim.row_updates import Part, Rows, Whole, every_row, is_rows, summed
from chainrule.optim.transform import State, Transform
from chainrule.optim.update_parts import Move


@dataclass(frozen=True, eq=False)
class Moved:
    """A parameter that an optimizer moves, with all that belongs to it.

    name    that it had when the optimizer was made: the path of its state
    group   its factor of the rate, and its decay, which is part of the chain already
    chain   the transforms that make an update of its gradient
    rows    what happens to rows that a batch did not look up; see `Optimizer`
    slots   the state of the chain
    lazy_rows  brings its rows up to date when they are read; None if every step updates all
    """

    parameter: Parameter
    name: str
    group: Group
    chain: Sequence[Transform]
    rows: RowSemantics
    slots: dict[str, Parameter]
    lazy_rows: CaughtUp | None

    @property
    def state(self) -> dict[str, Parameter]:
        """The slots, and "last", the step that rows are up to date with, if they may be behind."""
        return self.slots if self.lazy_rows is None else {**self.slots, "last": self.lazy_rows.last}

    def take_over(self) -> None:
        """Keep the rows from now on, in place of any earlier optimizer."""
        if self.parameter.lazy_rows is not None:
            self.parameter.lazy_rows.release()
        if self.lazy_rows is not None:
            self.lazy_rows.keep()

    def move(self, gradient: Tensor | None) -> Move | None:
        """Return the part that moves and its gradient; None if the parameter rests."""
        if gradient is not None and is_rows(gradient) and (self.lazy_rows or self.rows != "dense"):
            self._require_table()
            return Move(self.parameter, *summed(gradient, self.parameter.shape[1:]))
        if self.lazy_rows is not None:
            return Move(self.parameter, every_row(self.parameter), gradient)
        return None if gradient is None else Move(self.parameter, Whole(), gradient)

    def updates(self, move: Move, step: Tensor, rate: Rate) -> list[Update]:
        """Return what a step writes: the part that moves, and its state."""
        part = move.part
        value, state = self._present(part)
        new: State = {} if self.lazy_rows is None else state
        if move.gradient is not None:
            value, changed = self._stepped(value, move.gradient, state, step, rate)
            new = new | changed
        updates = [part.write(self.parameter, value)]
        updates += [part.write(self.slots[slot], each) for slot, each in new.items()]
        if self.lazy_rows is not None:
            assert isinstance(part, Rows)
            updates.append(part.write(self.lazy_rows.last, broadcast_to(step, part.ids.shape)))
        return updates

    def _present(self, part: Part) -> tuple[Tensor, State]:
        """Return the part and its state as they are after the steps so far."""
        if self.lazy_rows is None:
            return part.read(self.parameter), {s: part.read(each) for s, each in self.slots.items()}
        assert isinstance(part, Rows)
        return self.lazy_rows.present(part.ids)

    def _stepped(
        self, value: Tensor, gradient: Tensor, state: State, step: Tensor, rate: Rate
    ) -> tuple[Tensor, State]:
        new_state: State = {}
        for transform in self.chain:
            gradient, changed = transform(gradient, state, step, value)
            new_state |= changed
        factor = rate.times(self.group.learning_rate_factor)
        return value - gradient * factor.astype(value.dtype), new_state

    def _require_table(self) -> None:
        if self.rows == "caught_up" and self.chain and self.lazy_rows is None:
            raise ChainruleError(
                f"Rows of the parameter {self.parameter.name!r} were looked up, and "
                "rows='caught_up' was asked, but it is not marked as a table. Make it with "
                "cr.parameter(..., table=True), or choose rows='touched' or rows='dense'."
            )


def moved(
    each: Parameter,
    group: Group,
    chain: Sequence[Transform],
    rows: RowSemantics,
    steps: Parameter,
    rate: Rate,
) -> Moved:
    """Return a parameter with its state before the first step."""
    slots = {
        slot: _slot(each, slot, np.full(each.shape, number, each.dtype) if number else _zeros(each))
        for transform in chain
        for slot, number in transform.slots.items()
    }
    lazy_rows = None
    if rows == "caught_up" and each.table and chain:
        last = _slot(each, "last", np.zeros(each.shape[0], np.int64))
        moving, decay = split_decay(chain)
        factor, scheduled = group.learning_rate_factor, rate.schedule is not None
        lazy_rows = CaughtUp(each, slots, last, moving, steps, rate.held, factor, decay, scheduled)
    return Moved(each, str(each.name), group, chain, rows, slots, lazy_rows)


def _slot(of: Parameter, slot: str, value: Array) -> Parameter:
    return Parameter(value, f"{of.name}.{slot}", trainable=False)


def _zeros(like: Parameter) -> Array:
    """Return zeros that take no memory where nothing was written yet."""
    return np.zeros(like.shape, like.dtype)
