"""Adam: steps of a size that does not depend on the size of the gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.graph import Parameter
from chainrule.optim.optimizer import HasParameters, Optimizer
from chainrule.optim.transform import ScaleByAdam


class Adam(Optimizer):
    """theta -= rate · mean / (sqrt(square) + epsilon), with bias-corrected moving averages.

    beta1, beta2  how much of the averages of gradient and squared gradient stays, per step
    epsilon       added to the root, after the correction

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
    ) -> None:
        for name, beta in (("beta1", beta1), ("beta2", beta2)):
            if not 0 <= beta < 1:
                raise ValueError(f"Adam was given {name} {beta}. Give one from 0 to below 1.")
        if not 0 <= epsilon < math.inf:
            raise ValueError(f"Adam was given epsilon {epsilon}. Give a small number, not below 0.")
        super().__init__(parameters, learning_rate, [ScaleByAdam(beta1, beta2, epsilon)])
