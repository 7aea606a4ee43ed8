"""One layer of a pretrained encoder."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Dropout, LayerNorm, Linear, Module, MultiHeadAttention
from chainrule.pretrained.body.activations import activation_named
from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.body.unset import unset


class EncoderLayer(Module):
    """One layer: x = attention_norm(x + attention(x)); x = feed_norm(x + feed(x)).

    feed(x) is contract(activation(expand(x))). Both parts are followed by dropout, with the
    probabilities of `settings`; there is none of the hidden units. Devlin et al.: BERT (2019).
    """

    def __init__(self, settings: EncoderSettings, random: np.random.Generator) -> None:
        width, inner = settings.width, settings.feed_forward
        self.activation = activation_named(settings.activation)
        self.attention = MultiHeadAttention(
            width,
            settings.heads,
            dropout=settings.attention_dropout,
            initial=unset,
            random=random,
        )
        self.attention_dropout = Dropout(settings.attended_dropout, random=random)
        self.attention_norm = LayerNorm(width, epsilon=settings.epsilon)
        self.expand = Linear(width, inner, initial=unset)
        self.contract = Linear(inner, width, initial=unset)
        self.feed_dropout = Dropout(settings.dropout, random=random)
        self.feed_norm = LayerNorm(width, epsilon=settings.epsilon)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the layer's output for x (batch, tokens, width); mask: True for visible keys."""
        attended = self.attention(x, key_mask=mask)
        x = self.attention_norm(x + self.attention_dropout(attended))
        fed = self.contract(self.activation(self.expand(x)))
        return self.feed_norm(x + self.feed_dropout(fed))
