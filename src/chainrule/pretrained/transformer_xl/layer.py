"""One layer of Transformer-XL."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Parameter, Tensor, parameter
from chainrule.nn import Dropout, LayerNorm, Linear, Module
from chainrule.ops import concat, permute_dims, relu, softmax, where
from chainrule.ops.attending.attention_weights import UNREAD
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.transformer_xl.positions import shifted
from chainrule.pretrained.transformer_xl.settings import XLSettings

Biases = tuple[Tensor, Tensor]


class RelativeAttention(Module):
    """Attention with relative positions, to the segment and to what is remembered before it.

    The score of query i and key j is ((q_i + u) · k_j + (q_i + v) · r) / sqrt(head width), where r
    is the projected vector of the distance of i and j.

    joint      the projections to queries, keys and values, concatenated
    distances  the projection of the vectors of distances
    content_bias, position_bias  u and v, (heads, head width); None where all layers share them

    Dai et al.: Transformer-XL: Attentive language models beyond a fixed-length context (2019),
    section 3.3.
    """

    def __init__(self, settings: XLSettings, random: np.random.Generator) -> None:
        inner = settings.heads * settings.head_width
        self.settings = settings
        self.joint = Linear(settings.width, 3 * inner, bias=False, initial=unset)
        self.distances = Linear(settings.width, inner, bias=False, initial=unset)
        self.out = Linear(inner, settings.width, bias=False, initial=unset)
        self.content_bias = score_bias(settings) if settings.own_biases else None
        self.position_bias = score_bias(settings) if settings.own_biases else None
        self.dropout = Dropout(settings.attention_dropout, random=random)

    def forward(  # type: ignore[override]
        self, x: Tensor, past: Tensor, vectors: Tensor, visible: Tensor, shared: Biases | None
    ) -> tuple[Tensor, Tensor]:
        """Return what is read, (batch, tokens, width), and the weights.

        x        (batch, tokens, width)
        past     (batch, remembered tokens, width)
        vectors  (keys, width): of distances, the largest first
        visible  (tokens, keys) bools
        shared   the biases of all layers, or None for the layer's own
        """
        weights, values = self._weights(concat([past, x], axis=1), x, vectors, visible, shared)
        read = permute_dims(self.dropout(weights) @ values, (0, 2, 1, 3))
        return self.out(read.reshape(*x.shape[:2], -1)), weights

    def _weights(
        self, whole: Tensor, x: Tensor, vectors: Tensor, visible: Tensor, shared: Biases | None
    ) -> tuple[Tensor, Tensor]:
        """Return the weights, (batch, heads, queries, keys), and the values."""
        query, key, value = self._heads(whole)
        query = query[:, :, whole.shape[1] - x.shape[1] :]
        u, v = shared or self._own
        of_distances = self.distances(vectors).reshape(len(vectors), *u.shape)
        content = (query + u.reshape(1, len(u), 1, -1)) @ key.mT
        by_row = (query + v.reshape(1, len(v), 1, -1)) @ permute_dims(of_distances, (1, 2, 0))
        scores = (content + shifted(by_row)) / math.sqrt(self.settings.head_width)
        return softmax(where(visible, scores, UNREAD)), value

    def _heads(self, whole: Tensor) -> list[Tensor]:
        """Return queries, keys and values, (batch, heads, tokens, head width)."""
        parts = (3, self.settings.heads, self.settings.head_width)
        apart = permute_dims(self.joint(whole).reshape(*whole.shape[:2], *parts), (2, 0, 3, 1, 4))
        return [apart[0], apart[1], apart[2]]

    @property
    def _own(self) -> Biases:
        assert self.content_bias is not None
        assert self.position_bias is not None
        return self.content_bias, self.position_bias


class XLLayer(Module):
    """One layer: attention, then a feed-forward network with ReLU; each is added to its input.

    The sums are normalised, or the inputs where `settings.norm_first`.
    """

    def __init__(self, settings: XLSettings, random: np.random.Generator) -> None:
        width, inner = settings.width, settings.feed_forward
        self.norm_first = settings.norm_first
        self.attention = RelativeAttention(settings, random)
        self.attention_norm = LayerNorm(width, epsilon=settings.epsilon)
        self.expand = Linear(width, inner, initial=unset)
        self.contract = Linear(inner, width, initial=unset)
        self.feed_norm = LayerNorm(width, epsilon=settings.epsilon)
        self.dropout = Dropout(settings.dropout, random=random)

    def forward(  # type: ignore[override]
        self, x: Tensor, past: Tensor, vectors: Tensor, visible: Tensor, shared: Biases | None
    ) -> tuple[Tensor, Tensor]:
        """Return the layer's output and its attention weights; see `RelativeAttention`."""
        given = (x, past)
        if self.norm_first:
            given = (self.attention_norm(x), self.attention_norm(past))
        read, weights = self.attention(*given, vectors, visible, shared)
        x = x + self.dropout(read)
        x = x if self.norm_first else self.attention_norm(x)
        fed = self.dropout(relu(self.expand(self.feed_norm(x) if self.norm_first else x)))
        x = x + self.dropout(self.contract(fed))
        return x if self.norm_first else self.feed_norm(x), weights


def score_bias(settings: XLSettings) -> Parameter:
    """Return a bias of queries, (heads, head width)."""
    return parameter(np.zeros((settings.heads, settings.head_width), np.float32))
