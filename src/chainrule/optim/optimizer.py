"""The optimizer: from a loss to updated parameters, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Unpack

from chainrule.grad import gradients
from chainrule.graph import (
    ChainruleError,
    ForeignNames,
    GradientError,
    Parameter,
    Replace,
    Tensor,
    Update,
    apply_together,
    current_trace,
    here,
    html_table,
    made_for,
    parameter,
    refuse_second_update,
    require_between_calls,
)
from chainrule.optim.accumulate import Accumulation
from chainrule.optim.decay import with_decay
from chainrule.optim.foreign_names import OF_OPTIMIZERS
from chainrule.optim.options import Options, RowSemantics, require_options
from chainrule.optim.parameter_groups import Group, grouped
from chainrule.optim.parameter_update import moved
from chainrule.optim.parameters import Parameters, require_names_differ, trainable_of
from chainrule.optim.rate import LearningRate, Rate, Schedule
from chainrule.optim.transform import Transform
from chainrule.optim.update_parts import Move, clipped

_COLUMNS = ("parameter", "dtype and shape", "learning rate", "weight decay", "l1", "state")
_DEFAULTS = {
    "decoupled": False,
    "rows": "touched",
    "groups": None,
    "weight_decay": 0.0,
    "l1": 0.0,
    "accumulate": 1,
    "clip": None,
}


class Optimizer(ForeignNames):
    """Moves parameters against their gradients, after a chain of transforms.

    parameters     a model, or a list of parameters; those are moved that are trainable now
    learning_rate  a number from 0 on, which can be set at any time, 0 to move nothing; or a
                   schedule, a function of the number of steps made so far: the first step uses
                   schedule(0). The attribute is the rate of the next step
    transforms     applied to the gradient in order, before it is scaled by the rate
    weight_decay   times the value, added to the gradient before the transforms (L2), or to what
                   they make of it if `decoupled`
    l1             times the sign of the value, added in the same place
    clip           what bounds the gradients first: ClipByValue, ClipByNorm or ClipByGlobalNorm
    groups         options by pattern of parameter names, as fnmatch has them: {"*.bias":
                   {"weight_decay": 0}, "embedding.*": {"learning_rate_factor": 0.1}, "head.*":
                   "frozen"}. The rate is a factor of the optimizer's; of several patterns that
                   match, the later one counts
    accumulate     how many calls of `minimize` make one step, with the mean of their gradients; a
                   call counts as much as any other, however large its batch. `flush` makes a step
                   of fewer
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
    no row of it, and costs the whole. Accumulation, decay but that of SGD without momentum, and a
    schedule where rows would move without gradient are errors under it: their sums have no closed
    form. Decay under "touched" shrinks the rows of the batch, under "dense" all; accumulation under
    "touched" moves the rows that any of the batches looked up, and costs the whole table.

    Raises ValueError or TypeError, which names it, for an option that cannot be; ChainruleError if
    there is no trainable parameter.

    The state exists before the first step: `steps`, and `state`, by parameter and slot; the slot
    "last" of a table is the step that its rows are up to date with ("caught_up" only).
    """

    _foreign = OF_OPTIMIZERS

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate,
        transforms: Sequence[Transform] = (),
        *,
        decoupled: bool = False,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_options(type(self), rows, options)
        name = type(self).__name__
        every = options.get("accumulate", 1)
        decay, l1 = options.get("weight_decay", 0.0), options.get("l1", 0.0)
        self.clip = options.get("clip")
        common: dict[str, Any] = {"weight_decay": decay, "l1": l1, "accumulate": every}
        self._settings = {"decoupled": decoupled, "rows": rows, "groups": None} | options | common
        self.transforms = tuple(transforms)
        self.steps = parameter(0, "steps", trainable=False)
        self._rate = Rate(name, learning_rate)
        trainable = trainable_of(name, parameters)
        groups = grouped(name, trainable, options.get("groups"), Group(1.0, decay, l1))
        self._moved = {
            each: moved(
                each,
                group,
                with_decay(transforms, group.weight_decay, group.l1, decoupled),
                rows,
                self.steps,
                self._rate,
            )
            for each, group in groups.items()
        }
        self.parameters = list(self._moved)
        self._accumulation = None
        if every > 1:
            self._accumulation = Accumulation(every, self.parameters, rows == "touched")
        for each in self._moved.values():
            each.take_over()

    @property
    def groups(self) -> dict[Parameter, Group]:
        """What holds for each parameter: its factor of the rate, and its decay."""
        return {each: moved.group for each, moved in self._moved.items()}

    @property
    def settings(self) -> dict[str, Any]:
        """The options that it was made with, by name, but for its rate and its transforms."""
        return {**self._settings, "clip": self.clip}

    @property
    def schedule(self) -> Schedule | None:
        """The function of the number of steps that the rate follows, None for one that is set."""
        return self._rate.schedule

    @property
    def state(self) -> dict[Parameter, dict[str, Parameter]]:
        """What is remembered of each parameter, by slot."""
        kept = {} if self._accumulation is None else self._accumulation.slots
        return {each: moved.state | kept.get(each, {}) for each, moved in self._moved.items()}

    @property
    def learning_rate(self) -> float:
        """The factor from the transformed gradient to the update, in the next step.

        Raises ChainruleError if it is set under a schedule, or in a compiled function.
        """
        return float(self._rate.held.item())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        require_between_calls(
            "The learning rate was set",
            "Set it between the steps, or make the optimizer with a schedule.",
        )
        self._rate.require_settable(rate)
        self._settle()
        self._rate.set(rate)

    def require_settable_rate(self) -> None:
        """Raise ChainruleError if the rate follows a schedule, so that it cannot be set."""
        self._rate.require_settable(self.learning_rate)

    def minimize(self, loss: Tensor) -> Tensor | bool:
        """Update every parameter once, all from the gradients of this loss.

        A parameter that the loss does not depend on stays as it is. Returns whether a step was
        made: True; if gradients are accumulated a tensor, bool (), False amid the calls of a step.

        Raises GradientError if `loss` is not a floating-point scalar, was computed before the last
        update, or depends on no parameter at all; ChainruleError if a parameter was frozen since
        the optimizer was made, or a compiled function asks for a second step in one call.
        """
        self._refuse_second_step()
        self._require_moving()
        found = gradients(loss, self.parameters)
        if all(each is None for each in found):
            raise GradientError(
                f"{type(self).__name__} was asked to minimize {loss.label}, which depends on none "
                "of its parameters. Compute the loss with the model that the optimizer was made "
                "for."
            )
        pairs = zip(self.parameters, found, strict=True)
        refuse_second_update(each for each, gradient in pairs if gradient is not None)
        with made_for(here()):
            made, updates = self._updates(found)
        apply_together(updates)
        return made

    def flush(self) -> bool:
        """Make a step of what was accumulated since the last one, and say whether there was any.

        The step has the mean gradient of the calls that there were, fewer than `accumulate`. Call
        it after the last batch; `cr.train.fit` does, at the end of every epoch. Raises
        ChainruleError in a compiled function.
        """
        require_between_calls("flush() was called", "Call it between the steps.")
        if self._accumulation is None or not self._accumulation.calls.item():
            return False
        self._require_moving()
        with made_for(here()):
            moves, updates = self._accumulation.rest()
            updates += self._step(moves, self.steps + 1)
        apply_together(updates)
        return True

    def catch_up(self) -> None:
        """Bring every row of every table up to date; only `rows="caught_up"` leaves any behind.

        Reading a table does it too, so that this is for choosing when. Raises ChainruleError in a
        compiled function.
        """
        require_between_calls("catch_up() was called", "Call it between the steps.")
        self._settle()

    def named_state(self) -> dict[str, Parameter]:
        """Return every parameter that the optimizer owns by a stable path, for saving.

        "steps" and "learning_rate" are scalars, int64 and float64; "<name>.<slot>" is the state of
        the parameter that had this name when the optimizer was made. A run goes on bit for bit once
        all of them, and the model's own parameters, are assigned what they held; the state first.

        Raises ChainruleError if two of the optimizer's parameters had one name.
        """
        names = {each: moved.name for each, moved in self._moved.items()}
        require_names_differ(type(self).__name__, list(names.values()))
        named = {"steps": self.steps, "learning_rate": self._rate.held}
        for each, slots in self.state.items():
            named |= {f"{names[each]}.{slot}": held for slot, held in slots.items()}
        if self._accumulation is not None:
            named["accumulated_calls"] = self._accumulation.calls
        return named

    def __repr__(self) -> str:
        rate = float(self._rate.held.peek())
        shown = {"learning_rate": self.schedule or rate, "steps": int(self.steps.peek())}
        shown |= {name: each for name, each in self.settings.items() if each != _DEFAULTS[name]}
        options = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({len(self.parameters)} parameters, {options})"

    def _repr_html_(self) -> str:
        """Return the options and a table of the parameters for notebooks."""
        rows = [
            (
                moved.name,
                f"{each.dtype}{each.shape}",
                f"{moved.group.learning_rate_factor:g} · rate",
                f"{moved.group.weight_decay:g}",
                f"{moved.group.l1:g}",
                ", ".join(self.state[each]),
            )
            for each, moved in self._moved.items()
        ]
        return f"<p><code>{escape(repr(self))}</code></p>{html_table(_COLUMNS, rows)}"

    def _settle(self) -> None:
        """Bring all rows up to date."""
        for each in self._moved.values():
            if each.lazy_rows is not None:
                each.lazy_rows.settle()

    # -- updates ---------------------------------------------------------------------------------

    def _updates(self, found: Sequence[Tensor | None]) -> tuple[Tensor | bool, list[Update]]:
        """Return whether a step is made, and everything that one call of `minimize` writes."""
        if self._accumulation is None:
            pairs = zip(self._moved.values(), found, strict=True)
            asked = [moved.move(gradient) for moved, gradient in pairs]
            return True, self._step([each for each in asked if each is not None], self.steps + 1)
        due = self._accumulation.due
        moves, noted = self._accumulation.moves(found)
        return due, noted + self._step(moves, self.steps + due.astype("int64"))

    def _step(self, moves: Sequence[Move], step: Tensor) -> list[Update]:
        """Return what the step of this number writes: itself, the rate, parameters and state."""
        updates: list[Update] = [Replace(self.steps, step), *self._rate.after(step)]
        for move in clipped(moves, self.clip):
            updates += self._moved[move.parameter].updates(move, step, self._rate)
        return updates

    def _refuse_second_step(self) -> None:
        trace = current_trace()
        if trace is not None and trace.latest(self.steps) is not self.steps:
            raise ChainruleError(
                f"{type(self).__name__}.minimize was called twice in one compiled function, whose "
                "updates are applied together at its end: the second would start from the old "
                "values. Minimize once, for example the sum of the losses, or compile one step and "
                "call it twice."
            )

    def _require_moving(self) -> None:
        """Raise ChainruleError if a parameter was frozen, or taken over by another optimizer."""
        if frozen := [moved.name for each, moved in self._moved.items() if not each.trainable]:
            raise ChainruleError(
                f"{type(self).__name__} was asked to move {', '.join(frozen)}, frozen since the "
                "optimizer was made. Make another one for what is still trained."
            )
        for each in self._moved.values():
            if each.lazy_rows is not None:
                each.lazy_rows.require_kept()
