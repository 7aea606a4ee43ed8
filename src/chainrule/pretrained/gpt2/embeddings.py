"""The embeddings of GPT-2: tokens and positions."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Dropout, Embedding, Module
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.gpt2.settings import Gpt2Settings


class Gpt2Embeddings(Module):
    """The sum of the vectors of token and position, dropped out: (batch, tokens, width)."""

    def __init__(self, settings: Gpt2Settings, random: np.random.Generator) -> None:
        self.words = Embedding(settings.vocabulary, settings.width, initial=unset)
        self.positions = Embedding(settings.positions, settings.width, initial=unset)
        self.dropout = Dropout(settings.dropout, random=random)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the embeddings of ids (batch, tokens), whose positions count from 0."""
        return self.dropout(self.words(ids) + self.positions.weight[: ids.shape[1]])
