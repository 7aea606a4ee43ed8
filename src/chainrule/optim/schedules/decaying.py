"""Decaying schedules: step, exponential, inverse-time and polynomial decay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from chainrule.graph import Tensor
from chainrule.ops import exp, floor, minimum, where
from chainrule.optim.checks import (
    require_not_negative,
    require_rising,
    require_whole,
)
from chainrule.optim.rate import LearningRate
from chainrule.optim.schedules.schedule import Schedule


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate at every step, for use in chains. Raises ValueError for a negative rate."""

    rate: float

    def __post_init__(self) -> None:
        require_not_negative("Constant", rate=self.rate)

    def at(self, step: Tensor) -> Tensor:
        return step * 0.0 + self.rate


def as_schedule(given: LearningRate) -> Callable[[Tensor], Tensor]:
    """Return a schedule; a number gives a constant one."""
    return given if callable(given) else Constant(given)


@dataclass(frozen=True)
class StepDecay(Schedule):
    """Multiply the rate by `factor` every `every` steps: rate · factor^floor(step / every).

    Raises ValueError for a negative number or fewer than one step. Equal to torch's StepLR.
    """

    rate: float
    every: int
    factor: float = 0.5

    def __post_init__(self) -> None:
        require_not_negative("StepDecay", rate=self.rate, factor=self.factor)
        require_whole("StepDecay", 1, every=self.every)

    def at(self, step: Tensor) -> Tensor:
        return self.rate * self.factor ** floor(step / self.every)


@dataclass(frozen=True)
class MultiStep(Schedule):
    """Multiply the rate by `factor` at each of `milestones`: rate · factor^(milestones reached).

    milestones  steps of 1 or more, in increasing order

    Raises ValueError for a negative number, or other milestones. Equal to torch's MultiStepLR.
    """

    rate: float
    milestones: Sequence[int]
    factor: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "milestones", tuple(self.milestones))
        require_not_negative("MultiStep", rate=self.rate, factor=self.factor)
        require_rising("MultiStep", milestones=self.milestones)

    def at(self, step: Tensor) -> Tensor:
        return self.rate * self.factor ** reached(step, self.milestones)


@dataclass(frozen=True)
class Piecewise(Schedule):
    """Constant rates between boundaries: rates[n] after n of the boundaries.

    boundaries  steps of 1 or more, in increasing order; one fewer than rates

    Raises ValueError for a negative rate, or another number of rates or order of boundaries.
    """

    boundaries: Sequence[int]
    rates: Sequence[float]

    def __post_init__(self) -> None:
        """Raise ValueError for invalid options."""
        object.__setattr__(self, "boundaries", tuple(self.boundaries))
        object.__setattr__(self, "rates", tuple(self.rates))
        require_rising("Piecewise", boundaries=self.boundaries)
        for each in self.rates:
            require_not_negative("Piecewise", rates=each)
        if len(self.rates) != len(self.boundaries) + 1:
            raise ValueError(
                f"Piecewise was given {len(self.boundaries)} boundaries and "
                f"{len(self.rates)} rates. Give one rate more than boundaries: the first "
                "holds before the first of them."
            )

    def at(self, step: Tensor) -> Tensor:
        rate = step * 0.0 + self.rates[0]
        for boundary, each in zip(self.boundaries, self.rates[1:], strict=True):
            rate = where(step >= boundary, each, rate)
        return rate


@dataclass(frozen=True)
class Exponential(Schedule):
    """Exponential decay: rate · gamma^step, or rate · exp(-decay · step).

    Raises ValueError for a negative number, and unless one of `gamma` and `decay` is given. Equal
    to torch's ExponentialLR with `gamma`.
    """

    rate: float
    _: KW_ONLY
    gamma: float | None = None
    decay: float | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for invalid options."""
        require_not_negative("Exponential", rate=self.rate)
        if (self.gamma is None) == (self.decay is None):
            raise ValueError(
                f"Exponential was given gamma {self.gamma} and decay {self.decay}. Give one of "
                "them: the rate is multiplied by gamma^step, or by exp(-decay · step)."
            )
        if self.gamma is not None:
            require_not_negative("Exponential", gamma=self.gamma)
        if self.decay is not None:
            require_not_negative("Exponential", decay=self.decay)

    def at(self, step: Tensor) -> Tensor:
        if self.gamma is not None:
            return self.rate * self.gamma**step
        assert self.decay is not None
        return self.rate * exp(step * -self.decay)


@dataclass(frozen=True)
class InverseTime(Schedule):
    """Decay by inverse time: rate / (1 + decay · step). Raises ValueError for a negative number."""

    rate: float
    decay: float

    def __post_init__(self) -> None:
        require_not_negative("InverseTime", rate=self.rate, decay=self.decay)

    def at(self, step: Tensor) -> Tensor:
        return self.rate / (1 + self.decay * step)


@dataclass(frozen=True)
class Polynomial(Schedule):
    """Polynomial decay: end + (rate - end) · (1 - step / steps)^power.

    From step `steps` on, the rate is `end`. Raises ValueError for a negative number or fewer than
    one step. Equal to torch's PolynomialLR with end 0.
    """

    rate: float
    steps: int
    power: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative("Polynomial", rate=self.rate, end=self.end, power=self.power)
        require_whole("Polynomial", 1, steps=self.steps)

    def at(self, step: Tensor) -> Tensor:
        left = 1 - minimum(step, float(self.steps)) / self.steps
        return self.end + (self.rate - self.end) * left**self.power


def reached(step: Tensor, marks: Sequence[int]) -> Tensor:
    """Return the number of `marks` at or before each step, float64 in the shape of `step`."""
    if not marks:
        return step * 0.0
    marked = np.array(marks, np.float64)
    return (step.reshape(*step.shape, 1) >= marked).astype("float64").sum(axis=-1)
