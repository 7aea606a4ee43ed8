"""Moving averages of the gradient and its square, for Adam and its variants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from chainrule.graph import DType, Tensor
from chainrule.ops import sqrt
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
        return _corrections(self.beta1, self.beta2, step)

    def factors(self, step: Tensor, dtype: DType) -> tuple[Tensor, Tensor]:
        """Return the factors that correct `mean` and the root of `square`."""
        return _factors(self.beta1, self.beta2, step, dtype)

    def averaged(self, gradient: Tensor, state: State) -> State:
        """Return the averages after one more gradient."""
        return {
            "mean": state["mean"] * self.beta1 + gradient * (1 - self.beta1),
            "square": state["square"] * self.beta2 + gradient * gradient * (1 - self.beta2),
        }


# The parameters of a step share these gates, which are not made for every parameter.
@lru_cache(8)
def _corrections(beta1: float, beta2: float, step: Tensor) -> tuple[Tensor, Tensor]:
    """Return 1 - beta1^step and 1 - beta2^step, float64."""
    steps = step.astype("float64")
    return 1 - beta1**steps, 1 - beta2**steps


@lru_cache(8)
def _factors(beta1: float, beta2: float, step: Tensor, dtype: DType) -> tuple[Tensor, Tensor]:
    """Return 1 / (1 - beta1^step) and 1 / sqrt(1 - beta2^step)."""
    first, second = _corrections(beta1, beta2, step)
    return (1 / first).astype(dtype), (1 / sqrt(second)).astype(dtype)
