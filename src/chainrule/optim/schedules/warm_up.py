"""Warm-up, linear schedules, and chains of schedules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.ops import maximum, minimum, where
from chainrule.optim.checks import require_not_negative, require_rising, require_whole
from chainrule.optim.rate import LearningRate
from chainrule.optim.schedules.decaying import as_schedule
from chainrule.optim.schedules.schedule import Schedule


@dataclass(frozen=True)
class Linear(Schedule):
    """A linear change from `start` to `end` in `steps` steps; `end` from then on.

    Raises ValueError for a negative rate or fewer than one step. Equal to torch's LinearLR, with
    start_factor and end_factor times its rate.
    """

    start: float
    end: float
    steps: int

    def __post_init__(self) -> None:
        require_not_negative("Linear", start=self.start, end=self.end)
        require_whole("Linear", 1, steps=self.steps)

    def at(self, step: Tensor) -> Tensor:
        return self.start + (self.end - self.start) * (
            minimum(step, float(self.steps)) / self.steps
        )


@dataclass(frozen=True)
class Chain(Schedule):
    """Schedules one after another: schedule n starts at step boundaries[n - 1], as its step 0.

    schedules   schedules, or numbers for constant rates
    boundaries  steps of 1 or more, in increasing order; one fewer than schedules

    Raises ValueError for another number or order of boundaries. Equal to torch's SequentialLR.
    """

    schedules: Sequence[LearningRate]
    boundaries: Sequence[int]

    def __post_init__(self) -> None:
        """Raise ValueError for invalid options."""
        object.__setattr__(self, "schedules", tuple(self.schedules))
        object.__setattr__(self, "boundaries", tuple(self.boundaries))
        require_rising("Chain", boundaries=self.boundaries)
        if len(self.schedules) != len(self.boundaries) + 1:
            raise ValueError(
                f"Chain was given {len(self.schedules)} schedules and {len(self.boundaries)} "
                "boundaries. Give one schedule more than boundaries."
            )

    def at(self, step: Tensor) -> Tensor:
        first, *others = map(as_schedule, self.schedules)
        rate = first(step)
        for boundary, schedule in zip(self.boundaries, others, strict=True):
            counted = maximum(step - boundary, 0.0)
            rate = where(step >= boundary, schedule(counted), rate)
        return rate


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A linear warm-up from `start` to the first rate of `then` in `steps` steps, then `then`.

    then  a schedule, whose step 0 is step `steps`, or a number for a constant rate

    Raises ValueError for a negative start or number of steps. Goyal et al.: Accurate, large
    minibatch SGD (2017), section 2.2.
    """

    then: LearningRate
    steps: int
    start: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative("WarmUp", start=self.start)
        require_whole("WarmUp", 0, steps=self.steps)

    def at(self, step: Tensor) -> Tensor:
        then = as_schedule(self.then)
        warming = self.start + (then(step * 0.0) - self.start) * (step / max(self.steps, 1))
        following = then(maximum(step - self.steps, 0.0))
        return where(step >= self.steps, following, warming)
