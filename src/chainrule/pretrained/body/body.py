"""The encoder of a pretrained network."""

from __future__ import annotations

import numpy as np

from chainrule.grad import checkpoint
from chainrule.graph import Tensor
from chainrule.nn import Linear, Module
from chainrule.nn.initial import normal
from chainrule.ops import tanh
from chainrule.pretrained.body.embeddings import Embeddings
from chainrule.pretrained.body.encoder_layer import EncoderLayer
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.body.settings import EncoderSettings


class EncoderBody(Module):
    """Embeddings, layers, and a pooler of the first token where `settings` ask for one.

    recompute  whether a backward computes the values inside each layer again, not keeps them
    """

    recompute: bool = False

    def __init__(self, settings: EncoderSettings, random: np.random.Generator) -> None:
        self.settings = settings
        self.embeddings = Embeddings(settings, random)
        self.layers = [EncoderLayer(settings, random) for _ in range(settings.layers)]
        width = settings.width
        self.pooler = (
            Linear(width, width, initial=normal(settings.deviation), random=random)
            if settings.pooler
            else None
        )

    def forward(  # type: ignore[override]
        self,
        ids: Tensor,
        mask: Tensor | None = None,
        segments: Tensor | None = None,
        *,
        layers: bool = False,
        attentions: bool = False,
    ) -> Output:
        """Return hidden states and the pooled first token; see `Output` and `Batch`.

        layers      True for the embeddings and the outputs of all layers
        attentions  True for the attention weights of all layers, computed a second time
        """
        x = self.embeddings(ids, segments)
        return self.encoded(x, mask, layers=layers, attentions=attentions)

    def encoded(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        layers: bool = False,
        attentions: bool = False,
    ) -> Output:
        """Return what a call does, for embeddings x (batch, tokens, width)."""
        states, weights = [x], []
        for layer in self.layers:
            if attentions:
                weights.append(layer.attention.weights(x, key_mask=mask))
            x = (checkpoint(layer) if self.recompute else layer)(x, mask)
            states.append(x)
        return Output(
            x,
            None if self.pooler is None else tanh(self.pooler(x[:, 0])),
            layers=tuple(states) if layers else None,
            attentions=tuple(weights) if attentions else None,
        )
