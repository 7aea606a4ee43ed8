"""Moving averages of the gradient and its square, for Adam and its variants."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.optim.transform import State


@dataclass(frozen=True)
class Moments:
    """Moving averages of the gradient, `mean`, and of its square, `square`; both start at zero.

    beta1, beta2  their decay rates per step, in [0, 1)
    epsilon       added to the root of `square`
    """

    beta1: float
    beta2: float
    epsilon: float

    @property
    def slots(self) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0}

    def corrections(self, step: Tensor) -> tuple[Tensor, Tensor]:
        """Return the divisors that correct `mean` and `square` for their start at zero, float64.

        1 - beta1^step and 1 - beta2^step: the sums of the weights of the gradients so far.
        """
        steps = step.astype("float64")
        return 1 - self.beta1**steps, 1 - self.beta2**steps

    def averaged(self, gradient: Tensor, state: State) -> State:
        """Return the averages after one more gradient."""
        return {
            "mean": state["mean"] * self.beta1 + gradient * (1 - self.beta1),
            "square": state["square"] * self.beta2 + gradient * gradient * (1 - self.beta2),
        }
