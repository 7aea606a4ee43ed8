"""Adagrad: steps that shrink where gradients have been large."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import Parameter, Tensor
from chainrule.ops import sqrt
from chainrule.optim.optimizer import HasParameters, Optimizer, RowSemantics
from chainrule.optim.options import require_epsilon
from chainrule.optim.transform import State


@dataclass(frozen=True)
class ScaleByAdagrad:
    """gradient / (sqrt(square) + epsilon), `square` the sum of all squared gradients so far.

    initial  where the sum starts
    """

    epsilon: float
    initial: float = 0.0

    @property
    def slots(self) -> dict[str, float]:
        return {"square": self.initial}

    def __call__(self, gradient: Tensor, state: State, step: Tensor) -> tuple[Tensor, State]:
        square = state["square"] + gradient * gradient
        return gradient / (sqrt(square) + self.epsilon), {"square": square}

    def idle(self, state: State, missed: Tensor, steps: Tensor) -> tuple[Tensor | None, State]:
        """Without gradient nothing moves."""
        return None, {}


class Adagrad(Optimizer):
    """theta -= rate · gradient / (sqrt(square) + epsilon), `square` the sum of squared gradients.

    initial_accumulator  where the sum of squares starts, not below 0
    epsilon              added to the root
    rows                 of tables: see `Optimizer`; all three come to the same

    Duchi, Hazan, Singer: Adaptive subgradient methods (2011); the same trajectory as
    torch.optim.Adagrad.
    """

    def __init__(
        self,
        parameters: HasParameters | Sequence[Parameter],
        learning_rate: float = 0.01,
        *,
        initial_accumulator: float = 0.0,
        epsilon: float = 1e-10,
        rows: RowSemantics = "touched",
    ) -> None:
        if not 0 <= initial_accumulator < math.inf:
            raise ValueError(
                f"Adagrad was given initial_accumulator {initial_accumulator}. "
                "Give a number, not below 0."
            )
        require_epsilon("Adagrad", epsilon)
        transform = ScaleByAdagrad(epsilon, initial_accumulator)
        super().__init__(parameters, learning_rate, [transform], rows=rows)
