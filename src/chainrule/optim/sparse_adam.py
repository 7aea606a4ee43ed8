"""SparseAdam: Adam for tables, in which rows without gradient do not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from chainrule.graph import Tensor
from chainrule.ops import sqrt
from chainrule.optim.checks import require_fraction, require_not_negative
from chainrule.optim.moments import Moments
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics, require_known
from chainrule.optim.rate import LearningRate
from chainrule.optim.trainable_parameters import Parameters
from chainrule.optim.transform import State


@dataclass(frozen=True)
class ScaleBySparseAdam(Moments):
    """Adam's update with epsilon added to the root before the correction, not after.

    sqrt(1 - beta2^t) / (1 - beta1^t) · mean / (sqrt(square) + epsilon), the averages uncorrected.
    """

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        new = self.averaged(gradient, state)
        first, second = self.corrections(step)
        update = new["mean"] / (sqrt(new["square"]) + self.epsilon)
        return update * (sqrt(second) / first).astype(gradient.dtype), new


class SparseAdam(Optimizer):
    """Adam that updates only the rows of a table that a batch looked up.

    theta -= rate · sqrt(1 - beta2^t) / (1 - beta1^t) · mean / (sqrt(square) + epsilon)

    beta1, beta2  decay rates of the moving averages of gradient and squared gradient, in [0, 1)
    epsilon       added to the root before the correction; it has more effect in the first steps
                  than in `Adam`
    rows          see `Optimizer`; "caught_up" is refused
    options       weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    Under rows="touched" the averages of other rows do not change; t is the step of the optimizer.
    Parameters that are not looked up by rows are updated as a whole, by the same formula.

    Raises as `Optimizer` does. Kingma and Ba: Adam: a method for stochastic optimization (2015),
    section 2. Equal to torch.optim.SparseAdam.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_known(type(self), options)
        require_fraction("SparseAdam", beta1=beta1, beta2=beta2)
        require_not_negative("SparseAdam", epsilon=epsilon)
        transform = ScaleBySparseAdam(beta1, beta2, epsilon)
        super().__init__(parameters, learning_rate, [transform], rows=rows, **options)
