"""The body of Transformer-XL: adaptive embeddings and layers that read a memory."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Constant, Tensor, as_tensor
from chainrule.nn import Dropout, Module
from chainrule.pretrained.transformer_xl.embeddings import AdaptiveEmbeddings
from chainrule.pretrained.transformer_xl.layer import XLLayer, score_bias
from chainrule.pretrained.transformer_xl.memory import Memory, next_memory
from chainrule.pretrained.transformer_xl.positions import distance_vectors, visible_keys
from chainrule.pretrained.transformer_xl.settings import XLSettings


class XLBody(Module):
    """Embeddings and layers.

    content_bias, position_bias  of the scores of all layers; None where every layer has its own
    """

    def __init__(self, settings: XLSettings, random: np.random.Generator) -> None:
        self.settings = settings
        self.embeddings = AdaptiveEmbeddings(settings, random)
        self.layers = [XLLayer(settings, random) for _ in range(settings.layers)]
        self.content_bias = None if settings.own_biases else score_bias(settings)
        self.position_bias = None if settings.own_biases else score_bias(settings)
        self.dropout = Dropout(settings.dropout, random=random)

    def forward(  # type: ignore[override]
        self, ids: Tensor, memory: Memory
    ) -> tuple[list[Tensor], list[Tensor], Memory]:
        """Return the states of all layers, attention weights, and the memory after the segment.

        States are the embeddings, then the output of every layer, each (batch, tokens, width).
        """
        queries, remembered = ids.shape[1], self.settings.memory
        vectors = Constant(distance_vectors(remembered + queries, self.settings), "distances")
        filled = as_tensor(memory.filled)
        visible = visible_keys(queries, remembered, filled, self.settings)
        given = (self.dropout(vectors), visible, self._shared)
        states, weights = [self.dropout(self.embeddings(ids))], []
        for layer, past in zip(self.layers, memory.states, strict=True):
            x, read = layer(states[-1], as_tensor(past), *given)
            states.append(x)
            weights.append(read)
        after = next_memory(memory, states[:-1], self.settings)
        return [*states[:-1], self.dropout(states[-1])], weights, after

    @property
    def _shared(self) -> tuple[Tensor, Tensor] | None:
        if self.content_bias is None or self.position_bias is None:
            return None
        return self.content_bias, self.position_bias
