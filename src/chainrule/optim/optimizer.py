"""The base class of optimizers: `minimize` and `apply` update parameters by gradients."""

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
from chainrule.optim.foreign_optimizers import OF_OPTIMIZERS
from chainrule.optim.given_gradients import GivenGradients, matched_gradients
from chainrule.optim.options import Options, RowSemantics, not_plain, require_options
from chainrule.optim.parameter_groups import ParameterGroup, grouped
from chainrule.optim.parameter_update import parameter_update
from chainrule.optim.rate import LearningRate, Rate, Schedule
from chainrule.optim.trainable_parameters import Parameters, require_names_differ, trainable_of
from chainrule.optim.transform import Transform
from chainrule.optim.update_parts import UpdatePart, clipped

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
    """Update parameters by transformed gradients: theta -= rate · transforms(gradient).

    parameters     a model, or a list of parameters; those that are trainable now are updated
    learning_rate  a number of 0 or more, which can be set at any time; 0 updates nothing. Or a
                   schedule, a function of the number of steps made so far: the first step uses
                   schedule(0). The attribute is the rate of the next step
    transforms     applied to the gradient in order, before it is scaled by the rate
    weight_decay   factor of the value that is added to the gradient before the transforms (L2), or
                   to the transformed gradient if `decoupled`
    l1             factor of the sign of the value, added in the same place
    clip           bounds the gradients first: ClipByValue, ClipByNorm or ClipByGlobalNorm
    groups         options by pattern of parameter names, as in fnmatch: {"*.bias":
                   {"weight_decay": 0}, "embedding.*": {"learning_rate_factor": 0.1}, "head.*":
                   "frozen"}. The rate is a factor of the optimizer's. If two matching patterns
                   give the same option, the later one is used
    accumulate     the number of calls of `minimize` per step; the step uses the mean of their
                   gradients, each call with the same weight, whatever its batch size. `flush`
                   makes a step of fewer calls
    rows           the treatment of the rows of a table, such as an embedding, that a batch did not
                   look up, where momentum or an average would update them without gradient

        "touched"    they and their state do not change, as in SparseAdam. A step costs time in
                     proportion to the rows of the batch
        "dense"      they are updated as any other parameter. Exact; a step costs time in
                     proportion to the whole table
        "caught_up"  lazy rows: as "dense", but a row receives the updates of all missed steps at
                     once, at its next lookup. `take` and `table[ids]` give the values of "dense",
                     up to rounding. For parameters made with table=True, such as nn.Embedding
        "added"      as "touched", but the gradients of equal ids are added to the table one after
                     the other, not summed first. Faster; the row of an id that occurs n times in a
                     batch is rounded n times. Only where an update is the gradient times the rate:
                     without transforms, decay, clipping and accumulation

    Except under "dense", the gradient of a table that was only looked up stays a list of rows; but
    under "added" the gradients of equal ids are summed.

    Details of "caught_up". Reading `.value` of the table or of its state, gates other than `take`,
    setting the learning rate, and `catch_up()` bring all rows up to date first; the cost is
    proportional to the rows that missed steps. In a compiled function a gate that reads the whole
    table is an error. Create the optimizer before the first call of compiled functions that look
    up rows, and create another one for the same table only when this one is no longer used. A step
    whose loss does not depend on the table changes no row, and costs time in proportion to the
    whole table. Accumulation, weight decay (except in SGD without momentum), and a schedule where
    rows change without gradient are errors: the sums have no closed form.

    Weight decay under "touched" applies to the rows of the batch, under "dense" to all rows.
    Accumulation under "touched" updates the rows that any of the batches looked up, and costs time
    in proportion to the whole table.

    The state exists before the first step: `steps`, and `state`, by parameter and slot; the slot
    "last" of a table is the step of the last update of each row ("caught_up" only).

    Raises ValueError or TypeError, with the name of the option, for an invalid option;
    ChainruleError if there is no trainable parameter.
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
        groups = grouped(name, trainable, options.get("groups"), ParameterGroup(1.0, decay, l1))
        self._updates_by = {
            each: parameter_update(
                each,
                group,
                with_decay(transforms, group.weight_decay, group.l1, decoupled),
                rows,
                self.steps,
                self._rate,
            )
            for each, group in groups.items()
        }
        self.parameters = list(self._updates_by)
        if rows == "added" and (any(each.chain for each in self._updates_by.values()) or options):
            raise not_plain(name)
        self._accumulation = None
        if every > 1:
            self._accumulation = Accumulation(every, self.parameters, rows == "touched")
        for each in self._updates_by.values():
            each.take_over()

    @property
    def groups(self) -> dict[Parameter, ParameterGroup]:
        """The options of each parameter: its factor of the rate, and its decay."""
        return {each: update.group for each, update in self._updates_by.items()}

    @property
    def settings(self) -> dict[str, Any]:
        """The options given to the constructor, by name, except the rate and the transforms."""
        return {**self._settings, "clip": self.clip}

    @property
    def schedule(self) -> Schedule | None:
        """The schedule of the rate, a function of the number of steps; None for a constant rate."""
        return self._rate.schedule

    @property
    def state(self) -> dict[Parameter, dict[str, Parameter]]:
        """The state of each parameter, by slot."""
        slots = {} if self._accumulation is None else self._accumulation.slots
        return {
            each: update.state | slots.get(each, {}) for each, update in self._updates_by.items()
        }

    @property
    def learning_rate(self) -> float:
        """The factor from the transformed gradient to the update, in the next step.

        Setting it raises ChainruleError under a schedule, or in a compiled function.
        """
        return float(self._rate.parameter.item())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        require_between_calls(
            "The learning rate was set",
            "Set it between the steps, or make the optimizer with a schedule.",
        )
        self._rate.require_settable(rate)
        self._catch_up()
        self._rate.set(rate)

    def require_settable_rate(self) -> None:
        """Raise ChainruleError if the rate follows a schedule and cannot be set."""
        self._rate.require_settable(self.learning_rate)

    def minimize(self, loss: Tensor) -> Tensor | bool:
        """Update every parameter once by the gradients of this loss.

        loss  a floating-point scalar

        A parameter that the loss does not depend on is not updated. Returns whether a step was
        made: True, or a tensor, bool (), if gradients are accumulated: False until the last call
        of a step.

        Raises GradientError if `loss` is not a floating-point scalar, was computed before the last
        update, or depends on no parameter; ChainruleError if a parameter was frozen after the
        optimizer was created, or a compiled function makes a second step in one call.
        """
        self._refuse_second_step("minimize")
        self._require_trainable()
        found = gradients(loss, self.parameters)
        if all(each is None for each in found):
            raise GradientError(
                f"{type(self).__name__} was asked to minimize {loss.label}, which depends on none "
                "of its parameters. Compute the loss with the model that the optimizer was made "
                "for."
            )
        return self._updated_by(found)

    def apply(self, given: GivenGradients) -> Tensor | bool:
        """Update every parameter once by given gradients, as `minimize` does by those of a loss.

        given  the gradients: a dict by parameter or by name, or a list in the order of
               `parameters`. Tensors or arrays of the shapes of the parameters, floating-point; they
               are converted to the dtypes of the parameters. None for a parameter that is not
               updated

        Clipping, decay, groups, accumulation and the treatment of rows are those of `minimize`: a
        gradient of rows, as `cr.gradients` returns for a lookup, updates the rows only. Gradients
        are used as they are; whether the parameters changed since is not checked.

        Returns whether a step was made, as `minimize`. Raises GradientError for gradients that are
        missing, unknown or not floating-point, and if all are None; ShapeError for another shape;
        ChainruleError as `minimize`.
        """
        self._refuse_second_step("apply")
        self._require_trainable()
        names = {each: update.name for each, update in self._updates_by.items()}
        return self._updated_by(matched_gradients(type(self).__name__, names, given))

    def _updated_by(self, found: Sequence[Tensor | None]) -> Tensor | bool:
        """Make a step with these gradients, and return whether it was due."""
        pairs = zip(self.parameters, found, strict=True)
        refuse_second_update(each for each, gradient in pairs if gradient is not None)
        with made_for(here()):
            made, updates = self._updates(found)
        apply_together(updates)
        return made

    def flush(self) -> bool:
        """Make a step with the gradients accumulated since the last step, if there are any.

        Returns whether a step was made. The step uses the mean gradient of these calls, fewer than
        `accumulate`. Call it after the last batch; `cr.train.fit` does so at the end of every
        epoch. Raises ChainruleError in a compiled function.
        """
        require_between_calls("flush() was called", "Call it between the steps.")
        if self._accumulation is None or not self._accumulation.calls.item():
            return False
        self._require_trainable()
        with made_for(here()):
            parts, updates = self._accumulation.rest()
            updates += self._step(parts, self.steps + 1)
        apply_together(updates)
        return True

    def catch_up(self) -> None:
        """Bring every row of every table up to date; no effect without `rows="caught_up"`.

        Reading a table has the same effect. Raises ChainruleError in a
        compiled function.
        """
        require_between_calls("catch_up() was called", "Call it between the steps.")
        self._catch_up()

    def named_state(self) -> dict[str, Parameter]:
        """Return the state of the optimizer by name, for saving: its own parameters.

        "steps" and "learning_rate" are scalars, int64 and float64; "<name>.<slot>" is the state of
        the parameter that had this name when the optimizer was created. To continue a run bit for
        bit, assign the saved values to all of them first, then to the parameters of the model.

        Raises ChainruleError if two of the optimizer's parameters have the same name.
        """
        names = {each: update.name for each, update in self._updates_by.items()}
        require_names_differ(type(self).__name__, list(names.values()))
        named = {"steps": self.steps, "learning_rate": self._rate.parameter}
        for each, slots in self.state.items():
            named |= {f"{names[each]}.{slot}": held for slot, held in slots.items()}
        if self._accumulation is not None:
            named["accumulated_calls"] = self._accumulation.calls
        return named

    def __repr__(self) -> str:
        rate = float(self._rate.parameter.peek())
        shown = {"learning_rate": self.schedule or rate, "steps": int(self.steps.peek())}
        shown |= {name: each for name, each in self.settings.items() if each != _DEFAULTS[name]}
        options = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({len(self.parameters)} parameters, {options})"

    def _repr_html_(self) -> str:
        """Return the options and a table of the parameters for notebooks."""
        rows = [
            (
                update.name,
                f"{each.dtype}{each.shape}",
                f"{update.group.learning_rate_factor:g} · rate",
                f"{update.group.weight_decay:g}",
                f"{update.group.l1:g}",
                ", ".join(self.state[each]),
            )
            for each, update in self._updates_by.items()
        ]
        return f"<p><code>{escape(repr(self))}</code></p>{html_table(_COLUMNS, rows)}"

    def _catch_up(self) -> None:
        """Bring all rows up to date."""
        for each in self._updates_by.values():
            if each.lazy_rows is not None:
                each.lazy_rows.catch_up()

    # -- updates ---------------------------------------------------------------------------------

    def _updates(self, found: Sequence[Tensor | None]) -> tuple[Tensor | bool, list[Update]]:
        """Return whether a step is made, and all updates of one call of `minimize`."""
        if self._accumulation is None:
            pairs = zip(self._updates_by.values(), found, strict=True)
            found_parts = [update.part(gradient) for update, gradient in pairs]
            changed = [each for each in found_parts if each is not None]
            return True, self._step(changed, self.steps + 1)
        due = self._accumulation.due
        parts, noted = self._accumulation.parts(found)
        return due, noted + self._step(parts, self.steps + due.astype("int64"))

    def _step(self, parts: Sequence[UpdatePart], step: Tensor) -> list[Update]:
        """Return the updates of the step number, the rate, the parameters and the state."""
        updates: list[Update] = [Replace(self.steps, step), *self._rate.after(step)]
        for part in clipped(parts, self.clip):
            updates += self._updates_by[part.parameter].updates(part, step, self._rate)
        return updates

    def _refuse_second_step(self, method: str) -> None:
        """Raise ChainruleError for a second step in one call of a compiled function."""
        trace = current_trace()
        if trace is not None and trace.latest(self.steps) is not self.steps:
            raise ChainruleError(
                f"{type(self).__name__}.{method} was called twice in one compiled function, whose "
                "updates are applied together at its end: the second would start from the old "
                "values. Minimize once, for example the sum of the losses, or compile one step and "
                "call it twice."
            )

    def _require_trainable(self) -> None:
        """Raise ChainruleError if a parameter was frozen, or taken over by another optimizer."""
        if frozen := [
            update.name for each, update in self._updates_by.items() if not each.trainable
        ]:
            raise ChainruleError(
                f"{type(self).__name__} was asked to update {', '.join(frozen)}, frozen since the "
                "optimizer was made. Make another one for the parameters that are trained."
            )
        for each in self._updates_by.values():
            if each.lazy_rows is not None:
                each.lazy_rows.require_attached()
