"""RAdam: Adam that waits with dividing until it knows by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from chainrule.graph import Tensor
from chainrule.ops import maximum, sqrt, where
from chainrule.optim.checks import require_fraction, require_not_negative
from chainrule.optim.moments import Moments
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.options import Options, RowSemantics
from chainrule.optim.parameters import Parameters
from chainrule.optim.rate import LearningRate
from chainrule.optim.transform import State

_TRACTABLE = 5.0  # the length of memory from which torch takes the variance for known


@dataclass(frozen=True)
class ScaleByRAdam(Moments):
    """The corrected mean, divided as in Adam and rectified once the average of squares is long.

    With rho_inf = 2 / (1 - beta2) - 1 and rho = rho_inf - 2 t beta2^t / (1 - beta2^t), the mean is
    divided where rho > 5, and times

        sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho))

    Liu et al.: On the variance of the adaptive learning rate and beyond (2020), algorithm 2, with
    torch's bound in place of 4, and epsilon added to the root before the correction.
    """

    def __call__(
        self, gradient: Tensor, state: State, step: Tensor, value: Tensor
    ) -> tuple[Tensor, State]:
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
        """The length of memory after very many steps."""
        return 2 / (1 - self.beta2) - 1

    def _rectification(self, steps: Tensor, correction: Tensor) -> tuple[Tensor, Tensor]:
        """Return whether the variance is known after so many steps, and the factor then."""
        most = self._longest
        length = most - 2 * steps * self.beta2**steps / correction
        known = length > _TRACTABLE
        safe = maximum(length, _TRACTABLE)
        variance = (safe - 4) * (safe - 2) * most / ((most - 4) * (most - 2) * safe)
        return known, sqrt(variance * correction)


class RAdam(Optimizer):
    """theta -= rate · rectified · mean / (sqrt(square) + epsilon); the mean alone in early steps.

    beta1, beta2  how much of the averages of gradient and squared gradient stays, per step
    epsilon       added to the root before the correction
    decoupled     whether weight_decay and l1 bypass the averages, as in AdamW
    rows          of tables: see `Optimizer`; "caught_up" is an error, its sums are not known
    options       weight_decay, l1, clip, groups, accumulate: see `Optimizer`

    Liu et al.: On the variance of the adaptive learning rate and beyond (2020); the same trajectory
    as torch.optim.RAdam.
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
        require_fraction("RAdam", beta1=beta1, beta2=beta2)
        require_not_negative("RAdam", epsilon=epsilon)
        chain = [ScaleByRAdam(beta1, beta2, epsilon)]
        super().__init__(
            parameters, learning_rate, chain, decoupled=decoupled, rows=rows, **options
        )
