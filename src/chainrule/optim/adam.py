"""Adam: the mean gradient divided by the root of the mean squared gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from chainrule.graph import Tensor
from chainrule.ops import idle_adam, maximum, sqrt
from chainrule.optim.checks import require_fraction, require_not_negative
from chainrule.optim.moments import Moments
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics, require_known
from chainrule.optim.rate import LearningRate
from chainrule.optim.trainable_parameters import Parameters
from chainrule.optim.transform import State, Transform, decayed


@dataclass(frozen=True)
class ScaleByAdam(Moments):
    """Divide the mean gradient by the root of the mean squared gradient.

    update = mean / (sqrt(square) + epsilon), both corrected for their start at zero.
    Kingma and Ba: Adam: a method for stochastic optimization (2015), algorithm 1.
    """

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        new = self.averaged(gradient, state)
        return corrected(new["mean"], new["square"], step, self), new

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]:
        """Return the sum of the updates, term by term; there is no closed form."""
        mean, square = state["mean"], state["square"]
        options = {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}
        total = idle_adam(mean, square, missed, steps, **options)
        changed = {
            "mean": decayed(mean, self.beta1, missed),
            "square": decayed(square, self.beta2, missed),
        }
        return total, changed


@dataclass(frozen=True)
class ScaleByAMSGrad(Moments):
    """Adam with the largest `square` so far in place of the current one.

    Reddi, Kale, Kumar: On the convergence of Adam and beyond (2018), algorithm 2. The maximum is
    taken before the correction, as in torch.
    """

    @property
    def slots(self) -> dict[str, float]:
        return {**super().slots, "largest": 0.0}

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        new = self.averaged(gradient, state)
        new["largest"] = maximum(state["largest"], new["square"])
        return corrected(new["mean"], new["largest"], step, self), new


def corrected(mean: Tensor, square: Tensor, step: Tensor, options: Moments) -> Tensor:
    """Return mean / (sqrt(square) + epsilon), both corrected for their start at zero."""
    first, second = options.factors(step, mean.dtype)
    return mean * first / (sqrt(square) * second + options.epsilon)


class Adam(Optimizer):
    """Adam: theta -= rate · mean / (sqrt(square) + epsilon), with bias-corrected moving averages.

    beta1, beta2  decay rates of the moving averages of gradient and squared gradient, in [0, 1)
    epsilon       added to the root, after the correction
    amsgrad       divide by the largest `square` so far
    rows          see `Optimizer`; `SparseAdam` is torch's variant for tables
    options       weight_decay (coupled; decoupled in `AdamW`), l1, clip, groups, accumulate: see
                  `Optimizer`

    Raises as `Optimizer` does. Kingma and Ba: Adam: a method for stochastic optimization (2015).
    Equal to torch.optim.Adam.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        amsgrad: bool = False,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_known(type(self), options)
        chain = adam_chain("Adam", beta1, beta2, epsilon, amsgrad)
        super().__init__(parameters, learning_rate, chain, rows=rows, **options)


def adam_chain(
    optimizer: str, beta1: float, beta2: float, epsilon: float, amsgrad: bool
) -> list[Transform]:
    """Return the transforms of Adam; raises ValueError for options outside their intervals."""
    require_fraction(optimizer, beta1=beta1, beta2=beta2)
    require_not_negative(optimizer, epsilon=epsilon)
    scale = ScaleByAMSGrad if amsgrad else ScaleByAdam
    return [scale(beta1, beta2, epsilon)]
