"""The head that says whether the second text follows the first."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Linear
from chainrule.nn.initial import normal
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.heads.head import Head


class NextSentenceHead(Head):
    """Scores (batch, 2) of the pooled first token: the second text follows, or does not."""

    def __init__(self, width: int, deviation: float, random: np.random.Generator) -> None:
        self.classifier = Linear(width, 2, initial=normal(deviation), random=random)

    def forward(self, output: Output, words: Tensor) -> Tensor:
        """Return the scores of every pair."""
        assert output.pooled is not None
        return self.classifier(output.pooled)
