"""Warm-up and chains: schedules one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.ops import maximum, minimum, where
from chainrule.optim.schedules.decaying import require_rising
from chainrule.optim.schedules.schedule import Schedule, require_rate, require_steps


@dataclass(frozen=True)
class Linear(Schedule):
    """From `start` to `end` in equal strides, and `end` from step `steps` on.

    The same as torch's LinearLR with start_factor and end_factor times its rate.
    """

    start: float
    end: float
    steps: int

    def __post_init__(self) -> None:
        require_rate("Linear", start=self.start, end=self.end)
        require_steps("Linear", steps=self.steps)

    def at(self, step: Tensor) -> Tensor:
        return self.start + (self.end - self.start) * (
            minimum(step, float(self.steps)) / self.steps
        )


@dataclass(frozen=True)
class Chain(Schedule):
    """Schedules one after another: the n-th from the step boundaries[n - 1] on, counted from there.

    The same as torch's SequentialLR.
    """

    schedules: Sequence[Callable[[Tensor], Tensor]]
    boundaries: Sequence[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "schedules", tuple(self.schedules))
        object.__setattr__(self, "boundaries", tuple(self.boundaries))
        require_rising("Chain", "boundaries", self.boundaries)
        if len(self.schedules) != len(self.boundaries) + 1:
            raise ValueError(
                f"Chain was given {len(self.schedules)} schedules and {len(self.boundaries)} "
                "boundaries. Give one schedule more than boundaries."
            )

    def at(self, step: Tensor) -> Tensor:
        rate = self.schedules[0](step)
        for boundary, schedule in zip(self.boundaries, self.schedules[1:], strict=True):
            counted = maximum(step - boundary, 0.0)
            rate = where(step >= boundary, schedule(counted), rate)
        return rate


@dataclass(frozen=True)
class WarmUp(Schedule):
    """From `start` to the first rate of `then` in `steps` equal strides, then `then` from there.

    Goyal et al.: Accurate, large minibatch SGD (2017), section 2.2.
    """

    then: Schedule
    steps: int
    start: float = 0.0

    def __post_init__(self) -> None:
        require_rate("WarmUp", start=self.start)
        require_steps("WarmUp", steps=self.steps)

    def at(self, step: Tensor) -> Tensor:
        first = float(self.then.values(1)[0])
        return Chain((Linear(self.start, first, self.steps), self.then), (self.steps,)).at(step)
