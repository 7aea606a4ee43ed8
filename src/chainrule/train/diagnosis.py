"""Diagnosis: steps are repeated from saved parameters to find the first gate that is not finite."""

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
    first_not_finite,
    restore_values,
)
from chainrule.train.train_step import StepFunction

_SHARE = 0.01
_SECONDS = 1.0


@dataclass(frozen=True)
class Moment:
    """The position of a run, with copies of all its parameters."""

    epoch: int
    position: int
    step: int
    values: StoredValues


class Diagnosis:
    """Keeps copies of the parameters of a finite moment, and explains a later loss that is not.

    Copies are made at most once a second and take at most a hundredth of the time; none are made
    if `remembers` is False.
    """

    def __init__(self, run: Run, parameters: TrackedParameters, remembers: bool = True) -> None:
        self._run, self._parameters, self._remembers = run, parameters, remembers
        self._good: Moment | None = None
        self._next = math.inf
        self.remember()

    def is_due(self, now: float) -> bool:
        """Return whether the kept moment is old enough to be replaced."""
        return now >= self._next

    def remember(self) -> None:
        """Keep the current moment, if moments are kept."""
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
        """Repeat the steps since the kept moment, and return the error that names the bad gate.

        Afterwards the model has the parameters from before the bad step, or those of the kept
        moment if the bad step could not be repeated.
        """
        what = f"Step {self._run.step} in epoch {self._run.epoch} had the loss {self._run.loss}"
        good = self._good
        if good is None:
            return NonFiniteError(
                f"{what}, or left a parameter that is not finite. The model has the parameters "
                "after that step. Train with diagnose=True to find the gate, or continue from a "
                "checkpoint with a smaller learning rate."
            )
        restore_values(self._parameters, good.values)
        number = good.step
        for batch in self._batches_since(good, data):
            number += 1
            before = copied_values(self._parameters)
            loss = step(*batch).item()
            if not math.isfinite(loss) or first_not_finite(self._parameters) is not None:
                restore_values(self._parameters, before)
                found = find_nan(getattr(step, "whole", step), *batch)
                return NonFiniteError(_message(what, number, loss, found), found)
            if number == self._run.step:
                break
        restore_values(self._parameters, good.values)
        return NonFiniteError(
            f"{what}, or left a parameter that is not finite. The step could not be repeated to "
            f"find the gate. The model has the parameters that it had after step {good.step}."
        )

    def _batches_since(self, good: Moment, data: Batches) -> Iterator[Batch]:
        if not data.repeats:
            return
        for epoch in range(good.epoch, self._run.epoch + 1):
            yield from data.batches(epoch, good.position if epoch == good.epoch else 0)


def _message(what: str, number: int, loss: float, found: object) -> str:
    return (
        f"{what}. Repeated on the reference evaluator, step {number}, with the loss {loss}:\n"
        f"{found}\n"
        f"The model has the parameters that it had before step {number}. Try a smaller learning "
        "rate, clip gradients, or check the data of that batch."
    )
