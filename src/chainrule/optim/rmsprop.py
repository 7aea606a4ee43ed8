"""RMSProp: gradients divided by the root of the mean squared gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from chainrule.graph import Tensor
from chainrule.ops import maximum, sqrt
from chainrule.optim.checks import require_fraction, require_not_negative
from chainrule.optim.momentum import ScaleByMomentum
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics, require_known
from chainrule.optim.rate import LearningRate
from chainrule.optim.trainable_parameters import Parameters
from chainrule.optim.transform import State, Transform, decayed


@dataclass(frozen=True)
class ScaleByRMSProp:
    """Divide the gradient by the root of a moving average of its square.

    update = gradient / (sqrt(square) + epsilon)

    alpha     the decay rate of the average, in [0, 1)
    centered  subtract the square of the mean gradient from `square`: an estimate of the variance
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
        """Return the update and the new state; see `Transform`."""
        share = 1 - self.alpha
        new = {"square": state["square"] * self.alpha + gradient * gradient * share}
        size = new["square"]
        if self.centered:
            new["mean"] = state["mean"] * self.alpha + gradient * share
            size = maximum(size - new["mean"] * new["mean"], 0.0)  # negative only by rounding
        return gradient / (sqrt(size) + self.epsilon), new

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]:
        """Return no update: a zero gradient only decays the averages."""
        return None, {slot: decayed(state[slot], self.alpha, missed) for slot in self.slots}


class RMSProp(Optimizer):
    """RMSProp: theta -= rate · gradient / (sqrt(square) + epsilon).

    `square` is a moving average of the squared gradient.

    alpha     the decay rate of the average, in [0, 1)
    epsilon   added to the root
    centered  divide by the standard deviation of the gradient, not by its root mean square
    momentum  0 for none; otherwise the factor of a velocity of the divided gradients, in [0, 1)
    rows      see `Optimizer`
    options   weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    Raises as `Optimizer` does. Tieleman and Hinton: lecture 6.5 of Neural Networks for Machine
    Learning (2012); centered: Graves: Generating sequences with recurrent neural networks (2013).
    Equal to torch.optim.RMSprop.
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
        require_known(type(self), options)
        require_fraction("RMSProp", alpha=alpha, momentum=momentum)
        require_not_negative("RMSProp", epsilon=epsilon)
        transforms: list[Transform] = [ScaleByRMSProp(alpha, epsilon, centered)]
        transforms += [ScaleByMomentum(momentum)] if momentum else []
        super().__init__(parameters, learning_rate, transforms, rows=rows, **options)
