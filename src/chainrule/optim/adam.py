"""Adam: steps of a size that does not depend on the size of the gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import Parameter, Tensor
from chainrule.ops import idle_adam, sqrt
from chainrule.optim.optimizer import HasParameters, Optimizer, RowSemantics
from chainrule.optim.options import require_epsilon, require_fraction
from chainrule.optim.transform import State, decayed


@dataclass(frozen=True)
class ScaleByAdam:
    """mean / (sqrt(square) + epsilon), both moving averages corrected for their start at zero.

    Kingma and Ba: Adam (2015), algorithm 1.
    """

    beta1: float
    beta2: float
    epsilon: float

    @property
    def slots(self) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0}

    def __call__(self, gradient: Tensor, state: State, step: Tensor) -> tuple[Tensor, State]:
        new = averaged(gradient, state, self.beta1, self.beta2)
        steps = step.astype("float64")
        mean_correction = (1 / (1 - self.beta1**steps)).astype(gradient.dtype)
        square_correction = (1 / sqrt(1 - self.beta2**steps)).astype(gradient.dtype)
        root = sqrt(new["square"]) * square_correction + self.epsilon
        return new["mean"] * mean_correction / root, new

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]:
        """Return the sum of the updates, term by term: it has no closed form."""
        mean, square = state["mean"], state["square"]
        options = {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}
        total = idle_adam(mean, square, missed, steps, **options)
        changed = {
            "mean": decayed(mean, self.beta1, missed),
            "square": decayed(square, self.beta2, missed),
        }
        return total, changed


def averaged(gradient: Tensor, state: State, beta1: float, beta2: float) -> State:
    """Return the moving averages of the gradient and of its square."""
    return {
        "mean": state["mean"] * beta1 + gradient * (1 - beta1),
        "square": state["square"] * beta2 + gradient * gradient * (1 - beta2),
    }


class Adam(Optimizer):
    """theta -= rate · mean / (sqrt(square) + epsilon), with bias-corrected moving averages.

    beta1, beta2  how much of the averages of gradient and squared gradient stays, per step
    epsilon       added to the root, after the correction
    rows          of tables: see `Optimizer`; `SparseAdam` is torch's variant for them

    Kingma and Ba: Adam (2015); the same trajectory as torch.optim.Adam.
    """

    def __init__(
        self,
        parameters: HasParameters | Sequence[Parameter],
        learning_rate: float = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        rows: RowSemantics = "touched",
    ) -> None:
        require_fraction("Adam", beta1=beta1, beta2=beta2)
        require_epsilon("Adam", epsilon)
        transform = ScaleByAdam(beta1, beta2, epsilon)
        super().__init__(parameters, learning_rate, [transform], rows=rows)
