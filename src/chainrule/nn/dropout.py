"""Dropout."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor, TensorLike
from chainrule.nn.floating import as_float
from chainrule.nn.initial import generator
from chainrule.nn.module.module import Module
from chainrule.ops import Stream, bernoulli, where
from chainrule.ops.attending.weight_dropout import WeightDropout


class Dropout(Module):
    """Dropout: set each element to zero with `probability`, scale others by 1 / (1 - probability).

    In inference mode (`model.eval()`) the output is the input. Integers are converted to float32.

    random  a NumPy generator or a seed for the masks, one per call; fresh entropy if None

    Raises ValueError for a probability outside [0, 1]. Srivastava et al.: Dropout: a simple way to
    prevent neural networks from overfitting (2014).
    """

    def __init__(
        self, probability: float = 0.5, *, random: np.random.Generator | int | None = None
    ) -> None:
        if not 0 <= probability <= 1:
            raise ValueError(
                f"Dropout was given the probability {probability}. Give one from 0 to 1: the share "
                "of elements set to zero."
            )
        self.probability = probability
        self.stream = Stream(int(generator(random).integers(2**62)))

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` with elements dropped, in its shape; in inference, `x` itself."""
        x = as_float(x)
        if not self.training or self._setting("probability") == 0:
            return x
        kept = 1 - self.probability
        scaled = x * (1 / kept) if kept else x
        return where(bernoulli(self.stream.key(), kept, x.shape), scaled, 0)


def weight_dropout(layer: Dropout) -> WeightDropout | None:
    """Draw for attention weights what a call of `layer` would draw; None if it drops nothing."""
    if not layer.training or layer._setting("probability") == 0:
        return None
    return WeightDropout(layer.stream.key(), 1 - layer.probability)
