"""Heads that give a text, or a pair of texts, a label."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Dropout, Linear
from chainrule.nn.initial import normal
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.heads.head import Head


class PooledHead(Head):
    """Scores (batch, labels): dropout, then a linear layer of the pooled first token (BERT)."""

    def __init__(
        self, width: int, labels: int, dropout: float, deviation: float, random: np.random.Generator
    ) -> None:
        self.dropout = Dropout(dropout, random=random)
        self.classifier = Linear(width, labels, initial=normal(deviation), random=random)

    def forward(self, output: Output, words: Tensor) -> Tensor:
        """Return the scores of every text."""
        assert output.pooled is not None
        return self.classifier(self.dropout(output.pooled))


class FirstTokenHead(Head):
    """Scores (batch, labels) of the first token's hidden state, through a dense layer.

    classifier(dropout(activation(dense(x))))

    activation   ReLU in DistilBERT, tanh in RoBERTa
    drops_input  True for dropout of x too, as in RoBERTa
    """

    def __init__(
        self,
        width: int,
        labels: int,
        dropout: float,
        deviation: float,
        random: np.random.Generator,
        *,
        activation: Callable[[Tensor], Tensor],
        drops_input: bool,
    ) -> None:
        initial = normal(deviation)
        self.activation, self.drops_input = activation, drops_input
        self.dense = Linear(width, width, initial=initial, random=random)
        self.dropout = Dropout(dropout, random=random)
        self.classifier = Linear(width, labels, initial=initial, random=random)

    def forward(self, output: Output, words: Tensor) -> Tensor:
        """Return the scores of every text."""
        x = output.hidden[:, 0]
        x = self.dense(self.dropout(x) if self.drops_input else x)
        return self.classifier(self.dropout(self.activation(x)))
