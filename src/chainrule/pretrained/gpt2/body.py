"""The body of GPT-2: embeddings, layers, and a last norm."""

from __future__ import annotations

import numpy as np

from chainrule.grad import checkpoint
from chainrule.graph import ShapeError, Tensor
from chainrule.nn import LayerNorm, Module
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.gpt2.embeddings import Gpt2Embeddings
from chainrule.pretrained.gpt2.layer import Gpt2Layer
from chainrule.pretrained.gpt2.settings import Gpt2Settings


class Gpt2Body(Module):
    """Embeddings of tokens and positions, layers, and a norm of the last output.

    recompute  whether a backward computes the values inside each layer again, not keeps them
    """

    recompute: bool = False

    def __init__(self, settings: Gpt2Settings, random: np.random.Generator) -> None:
        self.settings = settings
        self.embeddings = Gpt2Embeddings(settings, random)
        self.layers = [Gpt2Layer(settings, i, random) for i in range(settings.layers)]
        self.norm = LayerNorm(settings.width, epsilon=settings.epsilon)

    def forward(  # type: ignore[override]
        self,
        ids: Tensor,
        mask: Tensor | None = None,
        *,
        layers: bool = False,
        attentions: bool = False,
    ) -> Output:
        """Return hidden states; see `Output` and `Batch`.

        layers      True for the embeddings and the outputs of all layers, the last one normalised
        attentions  True for the attention weights of all layers, computed a second time
        """
        self._require_positions(ids)
        x = self.embeddings(ids)
        states, weights = [x], []
        for layer in self.layers:
            if attentions:
                weights.append(layer.attention.weights(layer.attention_norm(x), mask))
            x = (checkpoint(layer) if self.recompute else layer)(x, mask)
            states.append(x)
        hidden = states[-1] = self.norm(x)
        return Output(
            hidden,
            layers=tuple(states) if layers else None,
            attentions=tuple(weights) if attentions else None,
        )

    def next_scores(self, hidden: Tensor) -> Tensor:
        """Return the scores of every token as the next one, from hidden states (..., width)."""
        return hidden @ self.embeddings.words.weight.T

    def _require_positions(self, ids: Tensor) -> None:
        longest = self.settings.positions
        if ids.ndim != 2 or not 0 < ids.shape[1] <= longest:
            raise ShapeError(
                f"The network was given ids of shape {ids.shape}. It takes (batch, tokens) with 1 "
                f"to {longest} tokens; net.tokenize(texts, max_length={longest}) cuts longer texts."
            )
