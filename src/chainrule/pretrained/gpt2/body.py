"""The body of GPT-2: embeddings, layers, and a last norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.grad import checkpoint
from chainrule.graph import ShapeError, Tensor
from chainrule.nn import LayerNorm, Module, compile
from chainrule.ops import cross_entropy, stop_gradient
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.gpt2.cached_attention import PastBlock
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

    @compile
    def prefill(self, ids: Tensor, last: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Read the first tokens of texts, in inference mode.

        ids   (batch, tokens); what follows `last` is padding
        last  (batch,): the position of the last token

        Returns the scores of the next token, (batch, vocabulary), and the keys and values of every
        layer, (batch, tokens, heads, width of a head).
        """
        x, keys, values = self.embeddings(ids), [], []
        for layer in self.layers:
            read, key, value = layer.attention.prefilled(layer.attention_norm(x))
            x = x + read
            x = x + layer.fed(x)
            keys.append(key)
            values.append(value)
        hidden = self.norm(x[np.arange(x.shape[0]), last])
        return _results(self.next_scores(hidden), keys, values)

    @compile
    def step(
        self, ids: Tensor, positions: Tensor, past: Sequence[Sequence[tuple[Tensor, Tensor]]]
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Read one more token of every text, in inference mode.

        ids, positions  (rows,): the tokens, and their positions
        past            of every layer, blocks of keys and values; see `PastBlock`

        Returns the scores of the next token, (rows, vocabulary), and the keys and values of these
        tokens, (rows, heads, width of a head).
        """
        x, keys, values = self.embeddings.words(ids) + self.embeddings.positions(positions), [], []
        for layer, given in zip(self.layers, past, strict=True):
            blocks = [PastBlock(*each) for each in given]
            read, key, value = layer.attention.stepped(layer.attention_norm(x), blocks, positions)
            x = x + read
            x = x + layer.fed(x)
            keys.append(key)
            values.append(value)
        return _results(self.next_scores(self.norm(x)), keys, values)

    @compile
    def loss(self, ids: Tensor, counted: Tensor) -> Tensor:
        """Return the sum of -log p(token | earlier tokens) over tokens that are counted.

        ids      (batch, tokens)
        counted  (batch, tokens) bools; the first token of a text is never counted
        """
        output: Any = self(ids)
        scores = self.next_scores(output.hidden[:, :-1])
        return cross_entropy(scores, ids[:, 1:], mask=counted[:, 1:], reduction="sum")

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


def _results(
    scores: Tensor, keys: list[Tensor], values: list[Tensor]
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Return results without gradient: of others, a call keeps a copy of the whole cache."""
    return stop_gradient(scores), list(map(stop_gradient, keys)), list(map(stop_gradient, values))
