"""The AWD-LSTM: word vectors and LSTM layers, with dropout on everything.

Merity et al.: Regularizing and optimizing LSTM language models (2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from chainrule.grad import checkpoint
from chainrule.graph import Tensor
from chainrule.nn import LSTM, Embedding, EmbeddingDropout, LockedDropout, Module, WeightDrop
from chainrule.nn.initial import uniform
from chainrule.ops import permute_dims
from chainrule.pretrained.ulmfit.sizes import LANGUAGE, Dropouts, Sizes

State = tuple[Tensor, Tensor]


class Encoded(NamedTuple):
    """What the layers computed.

    layers  the word vectors and the output of each layer, (time, batch, features)
    states  the final state of each layer: h and c, (1, batch, features)
    """

    layers: list[Tensor]
    states: list[State]


class AWDLSTM(Module):
    """Word vectors, dropped by word and by feature, then LSTM layers with weight drop.

    settings   the sizes
    recompute  True computes the values inside a layer again in the backward
    """

    def __init__(
        self, settings: Sizes, random: np.random.Generator, dropouts: Dropouts = LANGUAGE
    ) -> None:
        self.settings, self.recompute = settings, False
        table = Embedding(settings.vocabulary, settings.width, initial=uniform(0.1), random=random)
        self.words = EmbeddingDropout(table, dropouts.words, random=random)
        self.input_dropout = LockedDropout(dropouts.input, random=random)
        self.layers = [
            WeightDrop(LSTM(inputs, hidden, random=random), dropouts.weight, random=random)
            for inputs, hidden in settings.layers
        ]
        self.hidden_dropouts = [
            LockedDropout(dropouts.hidden, random=random) for _ in self.layers[1:]
        ]

    def forward(  # type: ignore[override]
        self, ids: Tensor, states: Sequence[State] | None = None
    ) -> Encoded:
        """Return the outputs of all layers for ids (batch, tokens).

        states  of the layers before the first token; zeros if None
        """
        x = self.words(permute_dims(ids, (1, 0)))
        outputs, finals = [x], []
        x = self.input_dropout(x)
        for place, layer in enumerate(self.layers):
            if place:
                x = self.hidden_dropouts[place - 1](x)
            call = checkpoint(layer) if self._setting("recompute") else layer
            x, final = call(x, None if states is None else states[place])
            outputs.append(x)
            finals.append(final)
        return Encoded(outputs, finals)

    @property
    def table(self) -> Embedding:
        """The table of word vectors."""
        return self.words.layer

    def set_dropouts(self, dropouts: Dropouts) -> None:
        """Set the probabilities of dropout, all but that before the head."""
        self.words.dropout.probability = dropouts.words
        self.input_dropout.probability = dropouts.input
        for each in self.layers:
            each.dropout.probability = dropouts.weight
        for between in self.hidden_dropouts:
            between.probability = dropouts.hidden
