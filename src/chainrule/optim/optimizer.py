"""The optimizer: from a loss to updated parameters, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypedDict, Unpack, get_args

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
    refuse_second_update,
)
from chainrule.ops import broadcast_to
from chainrule.optim.accumulate import Accumulation, Due, require_accumulation
from chainrule.optim.caught_up import CaughtUp
from chainrule.optim.clip import Clip
from chainrule.optim.decay import split_decay, with_decay
from chainrule.optim.groups import Group, Groups, grouped
from chainrule.optim.moves import Move, clipped
from chainrule.optim.options import require_decay
from chainrule.optim.rate import LearningRate, Rate
from chainrule.optim.rows import Rows, Whole, every_row, is_rows, summed
from chainrule.optim.transform import State, Transform

RowSemantics = Literal["touched", "caught_up", "dense"]


class HasParameters(Protocol):
    """A model: whatever lists its parameters."""

    def parameters(self) -> list[Parameter]: ...


class Options(TypedDict, total=False):
    """What every optimizer takes beside its own options; see `Optimizer`."""

    weight_decay: float
    l1: float
    clip: Clip | None
    groups: Groups
    accumulate: int


class Optimizer:
    """Moves parameters against their gradients, after a chain of transforms.

    parameters     a model, or a list of parameters; the trainable ones are moved
    learning_rate  a positive number, which can be set at any time; or a schedule, a function of the
                   number of steps made so far: the first step uses schedule(0). The attribute is
                   the rate of the next step
    transforms     applied to the gradient in order, before it is scaled by the rate
    weight_decay   times the value, added to the gradient before the transforms (L2), or to what
                   they make of it if `decoupled`
    l1             times the sign of the value, added in the same place
    clip           what bounds the gradients first: ClipByValue, ClipByNorm or ClipByGlobalNorm
    groups         options by pattern of parameter names, as fnmatch has them: {"*.bias":
                   {"weight_decay": 0}, "embedding.*": {"learning_rate_factor": 0.1}, "head.*":
                   "frozen"}. The rate is a factor of the optimizer's; of several patterns that
                   match, the later one counts
    accumulate     how many calls of `minimize` make one step, with the mean of their gradients
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
    form. Decay under "touched"
    shrinks the rows of the batch, under "dense" all; accumulation under "touched" moves the rows
    that any of the batches looked up, and costs the whole table.

    The state exists before the first step: `steps`, and `state`, by parameter and slot; the slot
    "last" of a table is the step that its rows are up to date with ("caught_up" only).
    """

    def __init__(
        self,
        parameters: HasParameters | Sequence[Parameter],
        learning_rate: LearningRate,
        transforms: Sequence[Transform] = (),
        *,
        decoupled: bool = False,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        _require_semantics(type(self).__name__, rows)
        _require_known(type(self).__name__, options)
        self.rows = rows
        self.clip = options.get("clip")
        self.groups = self._grouped(parameters, options)
        self.parameters = list(self.groups)
        self.chains = {
            each: with_decay(transforms, group.weight_decay, group.l1, decoupled)
            for each, group in self.groups.items()
        }
        self.steps = parameter(0, "steps", trainable=False)
        self._rate = Rate(type(self).__name__, learning_rate)
        self._keepers: dict[Parameter, CaughtUp] = {}
        self._names = {each: each.name for each in self.parameters}
        self._accumulation = self._accumulating(options.get("accumulate", 1))
        self.state = {each: self._first_state(each) for each in self.parameters}
        self._take_over()

    @property
    def learning_rate(self) -> float:
        """The factor from the transformed gradient to the update, in the next step."""
        return float(self._rate.held.item())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._rate.require_settable(rate)
        for keeper in self._keepers.values():
            keeper.settle()
        self._rate.set(rate)

    def require_settable_rate(self) -> None:
        """Raise ChainruleError if the rate follows a schedule, so that it cannot be set."""
        self._rate.require_settable(self.learning_rate)

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
        pairs = zip(self.parameters, found, strict=True)
        refuse_second_update(each for each, gradient in pairs if gradient is not None)
        with made_for(here()):
            updates = self._updates(found)
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
        names = [str(each) for each in self._names.values()]
        if doubled := sorted({each for each in names if names.count(each) > 1}):
            raise ChainruleError(
                f"The state of {type(self).__name__} was asked for by name, but several of its "
                f"parameters are called {', '.join(map(repr, doubled))}. Make it for a model, "
                "whose parameters are named by their paths, or give each its own name."
            )
        named = {"steps": self.steps, "learning_rate": self._rate.held}
        for each, slots in self.state.items():
            named |= {f"{self._names[each]}.{slot}": held for slot, held in slots.items()}
        if self._accumulation is not None:
            named["accumulated_calls"] = self._accumulation.calls
        return named

    def _grouped(
        self, parameters: HasParameters | Sequence[Parameter], options: Options
    ) -> dict[Parameter, Group]:
        """Return what holds for each of the parameters that are moved."""
        name = type(self).__name__
        chosen = list(parameters) if isinstance(parameters, Sequence) else parameters.parameters()
        trainable = [each for each in chosen if each.trainable]
        decay, l1 = options.get("weight_decay", 0.0), options.get("l1", 0.0)
        require_decay(name, weight_decay=decay, l1=l1)
        found = grouped(options.get("groups", {}), trainable, Group(1.0, decay, l1))
        moved = {each: group for each, group in found.items() if not group.frozen}
        if not moved:
            raise ChainruleError(
                f"{name} was given no trainable parameter, so it could not learn. Pass a model "
                "with parameters, or a list of them, of which some are not frozen."
            )
        return moved

    def _accumulating(self, every: int) -> Accumulation | None:
        require_accumulation(type(self).__name__, every, self.rows)
        return Accumulation(every, self.parameters, self.rows == "touched") if every > 1 else None

    def _first_state(self, each: Parameter) -> dict[str, Parameter]:
        first = {
            slot: np.full(each.shape, number, each.dtype) if number else _zeros(each)
            for transform in self.chains[each]
            for slot, number in transform.slots.items()
        }
        if self._keeps(each):
            first["last"] = np.zeros(each.shape[0], np.int64)
        state = {
            slot: Parameter(value, f"{each.name}.{slot}", trainable=False)
            for slot, value in first.items()
        }
        return state if self._accumulation is None else state | self._accumulation.slots[each]

    def _keeps(self, each: Parameter) -> bool:
        """Say whether rows of a parameter may fall behind."""
        return self.rows == "caught_up" and each.table and len(self.chains[each]) > 0

    def _take_over(self) -> None:
        """Keep the tables from now on, in place of any earlier optimizer."""
        for each in self.parameters:
            if each.keeper is not None:
                each.keeper.release()
            if self._keeps(each):
                slots = {slot: held for slot, held in self.state[each].items() if slot != "last"}
                last = self.state[each]["last"]
                chain, decay = split_decay(self.chains[each])
                keeper = CaughtUp(
                    each,
                    slots,
                    last,
                    chain,
                    self.steps,
                    self._rate.held,
                    self.groups[each].learning_rate_factor,
                    decay,
                    self._rate.schedule is not None,
                )
                keeper.keep()
                self._keepers[each] = keeper

    # -- updates ---------------------------------------------------------------------------------

    def _updates(self, found: Sequence[Tensor | None]) -> list[Update]:
        """Return everything that one call of `minimize` writes."""
        moves, updates, step = self._moves(found)
        updates += [Replace(self.steps, step), *self._rate.after(step)]
        for move in clipped(moves, self.clip):
            updates += self._moved(move, step)
        return updates

    def _moves(self, found: Sequence[Tensor | None]) -> tuple[list[Move], list[Update], Tensor]:
        """Return what moves, what is noted beside, and the number of the step."""
        pairs = zip(self.parameters, found, strict=True)
        if self._accumulation is None:
            moves = [self._move(each, gradient) for each, gradient in pairs]
            return [each for each in moves if each is not None], [], self.steps + 1
        due, updates = [], [self._accumulation.count()]
        for each, gradient in pairs:
            mean, moving, noted = self._accumulation.add(each, gradient)
            due.append(Move(each, Due(moving), mean))
            updates += noted
        return due, updates, self.steps + self._accumulation.due.astype("int64")

    def _move(self, each: Parameter, gradient: Tensor | None) -> Move | None:
        """Return the part of a parameter that moves and its gradient; None if it rests."""
        kept = each in self._keepers
        if gradient is None:
            return Move(each, every_row(each), None) if kept else None
        if is_rows(gradient) and (kept or self.rows != "dense"):
            self._require_table(each)
            return Move(each, *summed(gradient, each.shape[1:]))
        return Move(each, every_row(each) if kept else Whole(), gradient)

    def _moved(self, move: Move, step: Tensor) -> list[Update]:
        """Return the updates of one parameter, or of the rows of it that move, and of its state."""
        moved, part, keeper = move.parameter, move.part, self._keepers.get(move.parameter)
        slots = self._slots(moved)
        if keeper is None:
            value, state = part.read(moved), {s: part.read(each) for s, each in slots.items()}
        else:
            assert isinstance(part, Rows)
            value, state = keeper.present(part.ids)
        if move.gradient is not None:
            value, new = self._stepped(moved, value, move.gradient, state, step)
            state = new if keeper is None else state | new
        updates = [part.write(moved, value)]
        updates += [part.write(slots[slot], each) for slot, each in state.items()]
        if keeper is not None:
            assert isinstance(part, Rows)
            updates.append(part.write(keeper.last, broadcast_to(step, part.ids.shape)))
        return updates

    def _slots(self, each: Parameter) -> dict[str, Parameter]:
        """Return the state that the transforms of a parameter keep."""
        names = {slot for transform in self.chains[each] for slot in transform.slots}
        return {slot: held for slot, held in self.state[each].items() if slot in names}

    def _stepped(
        self, of: Parameter, value: Tensor, gradient: Tensor, state: State, step: Tensor
    ) -> tuple[Tensor, State]:
        new_state: State = {}
        for transform in self.chains[of]:
            gradient, changed = transform(gradient, state, step, value)
            new_state |= changed
        rate = self._rate.times(self.groups[of].learning_rate_factor)
        return value - gradient * rate.astype(value.dtype), new_state

    def _require_table(self, moved: Parameter) -> None:
        if self.rows == "caught_up" and self.chains[moved] and moved not in self._keepers:
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


def _require_known(optimizer: str, options: Options) -> None:
    """Raise TypeError for options that no optimizer takes, and for a `clip` that is no function."""
    known = Options.__annotations__
    if unknown := [each for each in options if each not in known]:
        raise TypeError(
            f"{optimizer} was given {', '.join(map(repr, unknown))}, which it does not take. "
            f"Beside its own options it takes {', '.join(known)}."
        )
    clip = options.get("clip")
    if clip is not None and not callable(clip):
        raise TypeError(
            f"{optimizer} was given clip={clip!r}. Say how to clip: cr.optim.ClipByValue(limit), "
            "ClipByNorm(limit), or ClipByGlobalNorm(limit)."
        )


def _zeros(like: Parameter) -> Array:
    """Return zeros that take no memory where nothing was written yet."""
    return np.zeros(like.shape, like.dtype)
