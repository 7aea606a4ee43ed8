"""The optimizer: from a loss to updated parameters, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, get_args

import numpy as np

from chainrule.grad import gradients
from chainrule.graph import (
    Array,
    ChainruleError,
    GradientError,
    Parameter,
    Replace,
    Tensor,
    Update,
    apply_together,
    current_trace,
    here,
    made_for,
    parameter,
)
from chainrule.ops import broadcast_to
from chainrule.optim.caught_up import CaughtUp
from chainrule.optim.rows import Rows, Whole, every_row, is_rows, summed
from chainrule.optim.transform import State, Transform

RowSemantics = Literal["touched", "caught_up", "dense"]


class HasParameters(Protocol):
    """A model: whatever lists its parameters."""

    def parameters(self) -> list[Parameter]: ...


class Optimizer:
    """Moves parameters against their gradients, after a chain of transforms.

    parameters     a model, or a list of parameters; the trainable ones are moved
    learning_rate  a positive number; it can be read and set at any time
    transforms     applied to the gradient in order, before it is scaled by the rate
    rows           what happens to the rows of a table, such as an embedding, that a batch did not
                   look up, where momentum or an average would move them without gradient

        "touched"    nothing, state included. What SparseAdam does; costs what the batch costs
        "dense"      what happens to every other parameter. Exact; every step costs the whole table
        "caught_up"  the same, but late: a row is moved by all the steps it missed at once, when it
                     is looked up next, so that `take` and `table[ids]` always give what "dense"
                     gives, to rounding. For parameters made with table=True, as nn.Embedding does

    Under "touched" and "caught_up" the gradient of a table that was only looked up stays a list of
    rows; equal ids count once, with their gradients summed.

    "caught_up" in full. Reading `.value`, of the table or of its state, other gates than `take`,
    and setting the learning rate bring all rows up to date first, at the cost of those behind; so
    does `catch_up()`. In a compiled function a gate that reads the whole table is an error. Make
    the optimizer before compiled functions that look rows up are first called, and another one for
    the same table only when done with this. A step whose loss does not depend on the table moves
    no row of it, and costs the whole.

    The state exists before the first step: `steps`, and `state`, by parameter and slot; the slot
    "last" of a table is the step that its rows are up to date with ("caught_up" only).
    """

    def __init__(
        self,
        parameters: HasParameters | Sequence[Parameter],
        learning_rate: float,
        transforms: Sequence[Transform] = (),
        *,
        rows: RowSemantics = "touched",
    ) -> None:
        chosen = list(parameters) if isinstance(parameters, Sequence) else parameters.parameters()
        self.parameters = [each for each in chosen if each.trainable]
        if not self.parameters:
            raise ChainruleError(
                f"{type(self).__name__} was given no trainable parameter, so it could not learn. "
                "Pass a model with parameters, or a list of them."
            )
        _require_semantics(type(self).__name__, rows)
        self.rows = rows
        self.transforms = tuple(transforms)
        self.steps = parameter(0, "steps", trainable=False)
        self._rate = parameter(0.0, "learning_rate", trainable=False)
        self._keepers: dict[Parameter, CaughtUp] = {}
        self._names = {each: each.name for each in self.parameters}
        self.learning_rate = learning_rate
        self.state = {each: self._first_state(each) for each in self.parameters}
        self._take_over()

    @property
    def learning_rate(self) -> float:
        """The factor from the transformed gradient to the update."""
        return float(self._rate.item())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if not (np.isfinite(rate) and rate > 0):
            raise ValueError(f"The learning rate {rate} was asked. Give a positive number.")
        for keeper in self._keepers.values():
            keeper.settle()
        self._rate.assign(float(rate))

    def minimize(self, loss: Tensor) -> None:
        """Update every parameter once, all from the gradients of this loss.

        A parameter that the loss does not depend on stays as it is. Raises GradientError if `loss`
        is not a floating-point scalar, was computed before the last update, or depends on no
        parameter at all; ChainruleError if a compiled function asks for a second step in one call.
        """
        self._refuse_second_step()
        for keeper in self._keepers.values():
            keeper.require_kept()
        found = gradients(loss, self.parameters)
        if all(each is None for each in found):
            raise GradientError(
                f"{type(self).__name__} was asked to minimize {loss.label}, which depends on none "
                "of its parameters. Compute the loss with the model that the optimizer was made "
                "for."
            )
        with made_for(here()):
            step = self.steps + 1
            updates: list[Update] = [Replace(self.steps, step)]
            for each, gradient in zip(self.parameters, found, strict=True):
                updates += self._updates(each, gradient, step)
        apply_together(updates)

    def _refuse_second_step(self) -> None:
        trace = current_trace()
        if trace is not None and trace.latest(self.steps) is not self.steps:
            raise ChainruleError(
                f"{type(self).__name__}.minimize was called twice in one compiled function, whose "
                "updates are applied together at its end: the second would start from the old "
                "values. Minimize once, for example the sum of the losses, or compile one step and "
                "call it twice."
            )

    def catch_up(self) -> None:
        """Bring every row of every table up to date; only `rows="caught_up"` leaves any behind.

        Reading a table does it too, so that this is for choosing when. Raises ChainruleError in a
        compiled function.
        """
        if current_trace() is not None:
            raise ChainruleError(
                "catch_up() was called in a compiled function, where it would happen once, while "
                "the function is traced. Call it between the steps."
            )
        for keeper in self._keepers.values():
            keeper.settle()

    # -- state -----------------------------------------------------------------------------------

    def named_state(self) -> dict[str, Parameter]:
        """Return every parameter that the optimizer owns by a stable path, for saving.

        "steps" and "learning_rate" are scalars, int64 and float64; "<name>.<slot>" is the state of
        the parameter that had this name when the optimizer was made. A run goes on bit for bit once
        all of them, and the model's own parameters, are assigned what they held; the state first.

        Raises ChainruleError if two of the optimizer's parameters had one name.
        """
        names = list(self._names.values())
        if doubled := sorted({each for each in names if names.count(each) > 1}):
            raise ChainruleError(
                f"The state of {type(self).__name__} was asked for by name, but several of its "
                f"parameters are called {', '.join(map(repr, doubled))}. Make it for a model, "
                "whose parameters are named by their paths, or give each its own name."
            )
        named = {"steps": self.steps, "learning_rate": self._rate}
        for each, slots in self.state.items():
            named |= {f"{self._names[each]}.{slot}": held for slot, held in slots.items()}
        return named

    def _first_state(self, each: Parameter) -> dict[str, Parameter]:
        first = {
            slot: np.full(each.shape, number, each.dtype) if number else _zeros(each)
            for transform in self.transforms
            for slot, number in transform.slots.items()
        }
        if self._keeps(each):
            first["last"] = np.zeros(each.shape[0], np.int64)
        return {
            slot: Parameter(value, f"{each.name}.{slot}", trainable=False)
            for slot, value in first.items()
        }

    def _keeps(self, each: Parameter) -> bool:
        """Say whether rows of a parameter may fall behind."""
        return self.rows == "caught_up" and each.table and len(self.transforms) > 0

    def _take_over(self) -> None:
        """Keep the tables from now on, in place of any earlier optimizer."""
        for each in self.parameters:
            if each.keeper is not None:
                each.keeper.release()
            if self._keeps(each):
                slots = {slot: held for slot, held in self.state[each].items() if slot != "last"}
                last = self.state[each]["last"]
                keeper = CaughtUp(each, slots, last, self.transforms, self.steps, self._rate)
                keeper.keep()
                self._keepers[each] = keeper

    # -- updates ---------------------------------------------------------------------------------

    def _updates(self, moved: Parameter, gradient: Tensor | None, step: Tensor) -> list[Update]:
        if moved in self._keepers:
            return self._kept_updates(self._keepers[moved], gradient, step)
        if gradient is None:
            return []
        part: Whole | Rows = Whole()
        if is_rows(gradient) and self.rows != "dense":
            self._require_table(moved)
            part, gradient = summed(gradient, moved.shape[1:])
        state = self.state[moved]
        old = {slot: part.read(each) for slot, each in state.items()}
        new, new_state = self._stepped(part.read(moved), gradient, old, step)
        updates = [part.write(moved, new)]
        return updates + [part.write(state[slot], value) for slot, value in new_state.items()]

    def _kept_updates(
        self, keeper: CaughtUp, gradient: Tensor | None, step: Tensor
    ) -> list[Update]:
        """Update the rows of the batch from what they are at present; without a batch, all rows."""
        table = keeper.table
        if gradient is not None and is_rows(gradient):
            rows, gradient = summed(gradient, table.shape[1:])
        else:
            rows = every_row(table)
        new, state = keeper.present(rows.ids)
        if gradient is not None:
            new, state = self._stepped(new, gradient, state, step)
        updates = [rows.write(table, new)]
        updates += [rows.write(keeper.state[slot], value) for slot, value in state.items()]
        return [*updates, rows.write(keeper.last, broadcast_to(step, rows.ids.shape))]

    def _stepped(
        self, value: Tensor, gradient: Tensor, state: State, step: Tensor
    ) -> tuple[Tensor, State]:
        new_state: State = {}
        for transform in self.transforms:
            gradient, changed = transform(gradient, state, step)
            new_state |= changed
        return value - gradient * self._rate.astype(value.dtype), new_state

    def _require_table(self, moved: Parameter) -> None:
        if self.rows == "caught_up" and self.transforms:
            raise ChainruleError(
                f"Rows of the parameter {moved.name!r} were looked up, and rows='caught_up' was "
                "asked, but it is not marked as a table. Make it with cr.parameter(..., "
                "table=True), or choose rows='touched' or rows='dense'."
            )


def _require_semantics(optimizer: str, rows: str) -> None:
    known = get_args(RowSemantics)
    if rows not in known:
        raise ValueError(
            f"{optimizer} was given rows={rows!r}. Give one of {', '.join(map(repr, known))}."
        )


def _zeros(like: Parameter) -> Array:
    """Return zeros that take no memory where nothing was written yet."""
    return np.zeros(like.shape, like.dtype)
