"""Rectified Adam: uses the adaptive denominator once its variance estimate is reliable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from chainrule.graph import Tensor
from chainrule.ops import maximum, sqrt, where
from chainrule.optim.checks import require_fraction, require_not_negative
from chainrule.optim.moments import Moments
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics, require_known
from chainrule.optim.rate import LearningRate
from chainrule.optim.trainable_parameters import Parameters
from chainrule.optim.transform import State

_TRACTABLE = 5.0  # torch uses the variance if rho is larger


@dataclass(frozen=True)
class ScaleByRAdam(Moments):
    """Adam's update with a rectified denominator; the corrected mean alone in early steps.

    With rho_inf = 2 / (1 - beta2) - 1 and rho = rho_inf - 2 t beta2^t / (1 - beta2^t), the mean is
    divided as in Adam if rho > 5, and multiplied by

        sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho))

    Liu et al.: On the variance of the adaptive learning rate and beyond (2020), algorithm 2, with
    torch's bound in place of 4, and epsilon added to the root before the correction.
    """

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
        """Return the update and the new state; see `Transform`."""
        new = self.averaged(gradient, state)
        first, second = self.corrections(step)
        mean = new["mean"] * (1 / first).astype(gradient.dtype)
        if self._longest <= _TRACTABLE:
            return mean, new
        known, factor = self._rectification(step.astype("float64"), second)
        divided = mean * factor.astype(gradient.dtype) / (sqrt(new["square"]) + self.epsilon)
        return where(known, divided, mean), new

    @property
    def _longest(self) -> float:
        """The length of the average of squares in the limit of many steps, rho_inf."""
        return 2 / (1 - self.beta2) - 1

    def _rectification(self, steps: Tensor, correction: Tensor) -> tuple[Tensor, Tensor]:
        """Return whether the variance is reliable after `steps` steps, and the factor for it."""
        most = self._longest
        length = most - 2 * steps * self.beta2**steps / correction
        known = length > _TRACTABLE
        safe = maximum(length, _TRACTABLE)
        variance = (safe - 4) * (safe - 2) * most / ((most - 4) * (most - 2) * safe)
        return known, sqrt(variance * correction)


class RAdam(Optimizer):
    """Rectified Adam: theta -= rate · factor · mean / (sqrt(square) + epsilon).

    In early steps, where the variance of the denominator is not reliable, theta -= rate · mean.

    beta1, beta2  decay rates of the moving averages of gradient and squared gradient, in [0, 1)
    epsilon       added to the root before the correction
    decoupled     whether weight_decay and l1 are decoupled, as in AdamW
    rows          see `Optimizer`; "caught_up" is not supported
    options       weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    Raises as `Optimizer` does. Liu et al.: On the variance of the adaptive learning rate and beyond
    (2020). Equal to torch.optim.RAdam.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: LearningRate = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        decoupled: bool = False,
        rows: RowSemantics = "touched",
        **options: Unpack[Options],
    ) -> None:
        require_known(type(self), options)
        require_fraction("RAdam", beta1=beta1, beta2=beta2)
        require_not_negative("RAdam", epsilon=epsilon)
        chain = [ScaleByRAdam(beta1, beta2, epsilon)]
        super().__init__(
            parameters, learning_rate, chain, decoupled=decoupled, rows=rows, **options
        )
