"""Moments: what the transforms of Adam's kind share."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.optim.transform import State


@dataclass(frozen=True)
class Moments:
    """Moving averages of the gradient, `mean`, and of its square, `square`; both start at zero.

    beta1, beta2  how much of them stays, per step
    epsilon       added to the root of `square`
    """

    beta1: float
    beta2: float
    epsilon: float

    @property
    def slots(self) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0}

    def corrections(self, step: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `mean` and `square` are divided by, float64, as if not started at zero.

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
