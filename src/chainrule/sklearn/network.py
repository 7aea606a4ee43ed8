"""The network of an estimator: linear layers with an activation between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import chainrule as cr

ACTIVATIONS: dict[str, Callable[[Any], cr.Tensor]] = {
    "relu": cr.relu,
    "tanh": cr.tanh,
    "logistic": cr.sigmoid,
    "gelu": cr.gelu,
    "silu": cr.silu,
    "elu": cr.elu,
    "identity": cr.identity,
}


class Network(cr.nn.Module):
    """Scores or predictions (n, outputs) of samples (n, inputs).

    sizes  units of every layer, from the inputs to the outputs

    Weights are initialised with Xavier uniform, as in scikit-learn's networks.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str,
        dropout: float,
        dtype: str,
        random: np.random.Generator,
    ) -> None:
        self.layers = [cr.nn.Linear(n, m, dtype=dtype, random=random) for n, m in pairwise(sizes)]
        self.dropout = cr.nn.Dropout(dropout, random=random)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Any) -> cr.Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.dropout(self.activation(layer(x)))
        return last(x)

    def sum_of_squares(self) -> cr.Tensor:
        """Return the sum of the squares of all weights, without biases."""
        total = cr.asarray(0.0)
        for layer in self.layers:
            total = total + (layer.weight * layer.weight).sum()
        return total

    def weights(self) -> list[tuple[cr.Parameter, cr.Parameter]]:
        """Return weight (outputs, inputs) and bias (outputs,) of every layer."""
        return [(each.weight, each.bias) for each in self.layers if each.bias is not None]
