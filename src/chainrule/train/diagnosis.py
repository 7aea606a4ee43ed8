"""Diagnosis: a run that became infinite or NaN is repeated from its last good moment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

from chainrule.compile import find_nan
from chainrule.train.data.array_batches import Batch
from chainrule.train.data.data_source import Batches
from chainrule.train.errors import NonFiniteError
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import (
    StoredValues,
    TrackedParameters,
    copied_values,
    restore_values,
    spoiled,
)
from chainrule.train.train_step import StepFunction

_SHARE = 0.01
_SECONDS = 1.0


@dataclass(frozen=True)
class Moment:
    """A moment of the run, with all its parameters."""

    epoch: int
    position: int
    step: int
    values: StoredValues


class Diagnosis:
    """Remembers a good moment in memory now and then, and explains what went wrong after it.

    Copies are made at most once a second, and cost at most a hundredth of the time; none is made
    unless it `remembers`.
    """

    def __init__(self, run: Run, parameters: TrackedParameters, remembers: bool = True) -> None:
        self._run, self._parameters, self._remembers = run, parameters, remembers
        self._good: Moment | None = None
        self._next = math.inf
        self.remember()

    def is_due(self, now: float) -> bool:
        """Say whether the moment that is kept is old enough to be exchanged."""
        return now >= self._next

    def remember(self) -> None:
        """Keep the present moment, if any is kept."""
        if not self._remembers:
            return
        start = perf_counter()
        self._good = self._moment()
        end = perf_counter()
        self._next = end + max(_SECONDS, (end - start) / _SHARE)

    def _moment(self) -> Moment:
        run = self._run
        return Moment(run.epoch, run.position, run.step, copied_values(self._parameters))

    def explain(self, step: StepFunction, data: Batches) -> NonFiniteError:
        """Repeat the steps since the good moment, and return the error that names the bad gate.

        The parameters are then those before the bad step; those of the good moment if it could not
        be repeated.
        """
        told = f"Step {self._run.step} in epoch {self._run.epoch} had the loss {self._run.loss}"
        good = self._good
        if good is None:
            return NonFiniteError(
                f"{told}, or left such a parameter. The model has the parameters after that step. "
                "Train with diagnose=True to find the gate, or go on from a checkpoint with a "
                "smaller learning rate."
            )
        restore_values(self._parameters, good.values)
        number = good.step
        for batch in self._batches_since(good, data):
            number += 1
            before = copied_values(self._parameters)
            loss = step(*batch).item()
            if not math.isfinite(loss) or spoiled(self._parameters) is not None:
                restore_values(self._parameters, before)
                found = find_nan(step, *batch)
                return NonFiniteError(_message(told, number, loss, found), found)
            if number == self._run.step:
                break
        restore_values(self._parameters, good.values)
        return NonFiniteError(
            f"{told}, or left such a parameter, and it could not be repeated to find the gate. The "
            f"model has the parameters that it had after step {good.step}."
        )

    def _batches_since(self, good: Moment, data: Batches) -> Iterator[Batch]:
        if not data.repeats:
            return
        for epoch in range(good.epoch, self._run.epoch + 1):
            yield from data.batches(epoch, good.position if epoch == good.epoch else 0)


def _message(told: str, number: int, loss: float, found: object) -> str:
    return (
        f"{told}. Repeated on the reference evaluator, step {number}, with the loss {loss}:\n"
        f"{found}\n"
        f"The model has the parameters that it had before step {number}. Try a smaller learning "
        "rate, clip gradients, or look at the data of that batch."
    )
