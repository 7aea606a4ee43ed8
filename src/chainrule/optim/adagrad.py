"""Adagrad: gradients divided by the root of the sum of their squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from chainrule.graph import Tensor
from chainrule.ops import sqrt
from chainrule.optim.checks import require_not_negative
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics, require_known
from chainrule.optim.rate import LearningRate
from chainrule.optim.trainable_parameters import Parameters
from chainrule.optim.transform import State


@dataclass(frozen=True)
class ScaleByAdagrad:
    """Divide the gradient by the root of the sum of all squared gradients.

    update = gradient / (sqrt(square) + epsilon) / (1 + rate_decay · (step - 1)), with
    square += gradient² at every step.

    initial  the first value of `square`
    """

    epsilon: float
    initial: float = 0.0
    rate_decay: float = 0.0

    @property
    def slots(self) -> dict[str, float]:
        return {"square": self.initial}

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        """Return the update and the new state; see `Transform`."""
        square = state["square"] + gradient * gradient
        update = gradient / (sqrt(square) + self.epsilon)
        if self.rate_decay:
            slower = 1 / (1 + self.rate_decay * (step.astype("float64") - 1))
            update = update * slower.astype(update.dtype)
        return update, {"square": square}

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]:
        """Return no update: a zero gradient changes neither the parameter nor the state."""
        return None, {}


class Adagrad(Optimizer):
    """Adagrad: theta -= rate · gradient / (sqrt(square) + epsilon), with square += gradient².

    initial_accumulator  the first value of `square`, 0 or more
    epsilon              added to the root
    rate_decay           the rate is divided by 1 + rate_decay · (steps made so far)
    rows                 see `Optimizer`; without weight decay, all three are equivalent
    options              weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    Raises as `Optimizer` does. Duchi, Hazan, Singer: Adaptive subgradient methods for online
    learning and stochastic optimization (2011). Equal to torch.optim.Adagrad.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate = 0.01,
        *,
        initial_accumulator: float = 0.0,
        epsilon: float = 1e-10,
        rate_decay: float = 0.0,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_known(type(self), options)
        require_not_negative(
            "Adagrad",
            initial_accumulator=initial_accumulator,
            epsilon=epsilon,
            rate_decay=rate_decay,
        )
        transform = ScaleByAdagrad(epsilon, initial_accumulator, rate_decay)
        super().__init__(parameters, learning_rate, [transform], rows=rows, **options)
