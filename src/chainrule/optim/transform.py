"""Transforms: the small steps from a gradient to an update, written in graph operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chainrule.graph import Tensor
from chainrule.ops import sqrt

State = dict[str, Tensor]


class Transform(Protocol):
    """A step from a gradient to an update.

    `slots` names its state, one tensor of the parameter's shape each, zero before step one. Calling
    it with the gradient, the state and the number of the step, from 1 on, returns the update and
    the new state. It works element by element, so that it serves whole parameters and single rows.
    """

    @property
    def slots(self) -> tuple[str, ...]: ...

    def __call__(self, gradient: Tensor, state: State, step: Tensor) -> tuple[Tensor, State]: ...


@dataclass(frozen=True)
class ScaleByMomentum:
    """velocity = momentum · velocity + gradient; Nesterov looks one step ahead of it.

    Polyak (1964); Sutskever, Martens, Dahl, Hinton (2013), with the rate outside of the velocity.
    """

    momentum: float
    nesterov: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity",)

    def __call__(self, gradient: Tensor, state: State, step: Tensor) -> tuple[Tensor, State]:
        velocity = state["velocity"] * self.momentum + gradient
        update = velocity * self.momentum + gradient if self.nesterov else velocity
        return update, {"velocity": velocity}


@dataclass(frozen=True)
class ScaleByAdam:
    """mean / (sqrt(square) + epsilon), both moving averages corrected for their start at zero.

    Kingma and Ba: Adam (2015), algorithm 1.
    """

    beta1: float
    beta2: float
    epsilon: float

    @property
    def slots(self) -> tuple[str, ...]:
        return ("mean", "square")

    def __call__(self, gradient: Tensor, state: State, step: Tensor) -> tuple[Tensor, State]:
        mean = state["mean"] * self.beta1 + gradient * (1 - self.beta1)
        square = state["square"] * self.beta2 + gradient * gradient * (1 - self.beta2)
        steps = step.astype("float64")
        mean_correction = (1 / (1 - self.beta1**steps)).astype(gradient.dtype)
        square_correction = (1 / sqrt(1 - self.beta2**steps)).astype(gradient.dtype)
        root = sqrt(square) * square_correction + self.epsilon
        return mean * mean_correction / root, {"mean": mean, "square": square}
