"""The head of GPT-2 that gives a text a label."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Linear, Module
from chainrule.nn.initial import normal
from chainrule.pretrained.gpt2.settings import Gpt2Settings


class LastTokenHead(Module):
    """Scores (batch, labels): a linear layer of the hidden state of the last token."""

    def __init__(self, settings: Gpt2Settings, labels: int, random: np.random.Generator) -> None:
        initial = normal(settings.deviation)
        self.score = Linear(settings.width, labels, bias=False, initial=initial, random=random)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Return the scores of texts; hidden (batch, tokens, width), mask: True for tokens."""
        return self.score(last_states(hidden, mask))


def last_states(hidden: Tensor, mask: Tensor | None) -> Tensor:
    """Return the hidden state of the last visible token of every text, (batch, width)."""
    if mask is None:
        return hidden[:, -1]
    last = mask.astype("int32").sum(axis=1) - 1
    return hidden[np.arange(hidden.shape[0]), last]
