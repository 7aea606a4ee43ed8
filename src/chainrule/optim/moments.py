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

    def averaged(self, gradient: Tensor, state: State) -> State:
        """Return the averages after one more gradient."""
        return {
            "mean": state["mean"] * self.beta1 + gradient * (1 - self.beta1),
            "square": state["square"] * self.beta2 + gradient * gradient * (1 - self.beta2),
        }
