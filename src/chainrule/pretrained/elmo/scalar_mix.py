"""The weighted sum of the layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import Tensor, parameter
from chainrule.nn import Module
from chainrule.ops import softmax


class ScalarMix(Module):
    """γ Σ softmax(s)_k layer_k, which a task learns: Peters et al. (2018), formula 1.

    scores  s (layers,), zero at first: the mean of the layers
    gamma   γ (1,), one at first

    They are not part of the files of a network.
    """

    def __init__(self, layers: int) -> None:
        self.scores = parameter(np.zeros(layers, np.float32))
        self.gamma = parameter(np.ones(1, np.float32))

    def forward(self, layers: Sequence[Tensor]) -> Tensor:
        """Return the sum of layers of equal shapes."""
        weights = softmax(self.scores)
        total = weights[0] * layers[0]
        for k in range(1, len(layers)):
            total = total + weights[k] * layers[k]
        return self.gamma * total
