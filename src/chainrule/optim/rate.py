"""The learning rate: a number that the user sets, or a schedule."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.graph import (
    ChainruleError,
    Replace,
    ShapeError,
    Tensor,
    Update,
    as_tensor,
    eagerly,
    parameter,
)
from chainrule.optim.checks import require_rate

Schedule = Callable[[Tensor], Tensor]
LearningRate = float | Schedule


class Rate:
    """The rate of the next step, float64 (), and its schedule.

    parameter  the state that holds the rate
    schedule   a function of the number of steps made so far; None if the rate is set by the user
    """

    def __init__(self, optimizer: str, given: LearningRate) -> None:
        self.parameter = parameter(0.0, "learning_rate", trainable=False)
        self.schedule: Schedule | None = None
        self._optimizer = optimizer
        if callable(given):
            with eagerly():
                self.parameter.assign(_scheduled(given, as_tensor(0)))
            self.schedule = given
        else:
            self.set(given)

    def require_settable(self, rate: float) -> None:
        """Raise ChainruleError under a schedule, ValueError for a rate below 0."""
        if self.schedule is not None:
            raise ChainruleError(
                f"The learning rate {rate} was set, but this {self._optimizer} follows a schedule, "
                "which sets the rate of every step. Make the optimizer with a number to set rates "
                "by hand, or by ReduceOnPlateau."
            )
        require_rate(self._optimizer, learning_rate=rate)

    def set(self, rate: float) -> None:
        """Set the rate of the next steps."""
        self.require_settable(rate)
        self.parameter.assign(float(rate))

    def times(self, factor: float) -> Tensor:
        """Return the rate times the factor of a group, float64 ()."""
        return self.parameter if factor == 1 else self.parameter * factor

    def after(self, step: Tensor) -> list[Update]:
        """Return the update to the rate after `step` steps, if there is a schedule."""
        if self.schedule is None:
            return []
        return [Replace(self.parameter, _scheduled(self.schedule, step))]


def _scheduled(schedule: Schedule, step: Tensor) -> Tensor:
    rate = as_tensor(schedule(step))
    if rate.shape != ():
        raise ShapeError(
            f"The learning rate that the schedule {schedule!r} gave has the shape {rate.shape}. A "
            "schedule returns one number for the number of a step."
        )
    return rate.astype("float64")
