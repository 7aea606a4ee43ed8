"""The head that predicts tokens."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor, parameter
from chainrule.nn import LayerNorm, Linear
from chainrule.nn.initial import normal
from chainrule.pretrained.body.activations import activation_named
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.heads.head import Head


class MaskedLanguageHead(Head):
    """Scores (batch, tokens, vocabulary): norm(activation(dense(x))) · wordsᵀ + bias.

    The table of tokens is that of the body (tied weights).
    """

    def __init__(
        self, settings: EncoderSettings, deviation: float, random: np.random.Generator
    ) -> None:
        width = settings.width
        self.activation = activation_named(settings.activation)
        self.dense = Linear(width, width, initial=normal(deviation), random=random)
        self.norm = LayerNorm(width, epsilon=settings.epsilon)
        self.bias = parameter(np.zeros(settings.vocabulary, np.float32))

    def forward(self, output: Output, words: Tensor) -> Tensor:
        """Return the scores of every token of the vocabulary at every place."""
        x = self.norm(self.activation(self.dense(output.hidden)))
        return x @ words.T + self.bias
