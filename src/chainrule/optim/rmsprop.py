"""RMSProp: gradients divided by their recent size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from chainrule.graph import Tensor
from chainrule.ops import maximum, sqrt
from chainrule.optim.checks import require_fraction, require_not_negative
from chainrule.optim.momentum import ScaleByMomentum
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics
from chainrule.optim.parameters import Parameters
from chainrule.optim.rate import LearningRate
from chainrule.optim.transform import State, Transform, decayed


@dataclass(frozen=True)
class ScaleByRMSProp:
    """gradient / (sqrt(square) + epsilon), `square` a moving average of the squared gradient.

    alpha     how much of the average stays, per step
    centered  subtract the square of the gradient's own average first: an estimate of its variance
    """

    alpha: float
    epsilon: float
    centered: bool = False

    @property
    def slots(self) -> dict[str, float]:
        return {"square": 0.0} | ({"mean": 0.0} if self.centered else {})

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        share = 1 - self.alpha
        new = {"square": state["square"] * self.alpha + gradient * gradient * share}
        size = new["square"]
        if self.centered:
            new["mean"] = state["mean"] * self.alpha + gradient * share
            size = maximum(size - new["mean"] * new["mean"], 0.0)  # below 0 by rounding alone
        return gradient / (sqrt(size) + self.epsilon), new

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]:
        """The averages decay; nothing moves."""
        return None, {slot: decayed(state[slot], self.alpha, missed) for slot in self.slots}


class RMSProp(Optimizer):
    """theta -= rate · gradient / (sqrt(square) + epsilon), `square` a moving average of squares.

    alpha     how much of the average stays, per step
    epsilon   added to the root
    centered  divide by the deviation of the gradient in place of its size
    momentum  0 for none; otherwise a velocity of the divided gradients takes their place
    rows      of tables: see `Optimizer`
    options   weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    Tieleman and Hinton: lecture 6.5 of Neural Networks for Machine Learning (2012); centered:
    Graves (2013). The same trajectory as torch.optim.RMSprop.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate = 0.01,
        *,
        alpha: float = 0.99,
        epsilon: float = 1e-8,
        centered: bool = False,
        momentum: float = 0.0,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_fraction("RMSProp", alpha=alpha, momentum=momentum)
        require_not_negative("RMSProp", epsilon=epsilon)
        transforms: list[Transform] = [ScaleByRMSProp(alpha, epsilon, centered)]
        transforms += [ScaleByMomentum(momentum)] if momentum else []
        super().__init__(parameters, learning_rate, transforms, rows=rows, **options)
