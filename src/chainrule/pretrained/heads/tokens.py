"""The head that gives every token a label."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Dropout, Linear
from chainrule.nn.initial import normal
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.heads.head import Head


class TokenHead(Head):
    """Scores (batch, tokens, labels): dropout, then a linear layer of every hidden state."""

    def __init__(
        self, width: int, labels: int, dropout: float, deviation: float, random: np.random.Generator
    ) -> None:
        self.dropout = Dropout(dropout, random=random)
        self.classifier = Linear(width, labels, initial=normal(deviation), random=random)

    def forward(self, output: Output, words: Tensor) -> Tensor:
        """Return the scores of every token."""
        return self.classifier(self.dropout(output.hidden))
