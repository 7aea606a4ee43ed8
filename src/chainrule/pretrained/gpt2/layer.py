"""One layer of GPT-2."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Dropout, LayerNorm, Linear, Module
from chainrule.pretrained.body.activations import activation_named
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.gpt2.attention import CausalAttention
from chainrule.pretrained.gpt2.settings import Gpt2Settings


class Gpt2Layer(Module):
    """One layer: x = x + attention(attention_norm(x)); x = x + feed(feed_norm(x)).

    feed(x) is contract(activation(expand(x))). Both additions are dropped out. Radford et al.:
    Language models are unsupervised multitask learners (2019), section 2.3.
    """

    def __init__(self, settings: Gpt2Settings, layer: int, random: np.random.Generator) -> None:
        width, inner = settings.width, settings.feed_forward
        self.activation = activation_named(settings.activation)
        self.attention_norm = LayerNorm(width, epsilon=settings.epsilon)
        self.attention = CausalAttention(settings, layer, random)
        self.feed_norm = LayerNorm(width, epsilon=settings.epsilon)
        self.expand = Linear(width, inner, initial=unset)
        self.contract = Linear(inner, width, initial=unset)
        self.dropout = Dropout(settings.residual_dropout, random=random)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the layer's output for x (batch, tokens, width); mask: True for visible keys."""
        x = x + self.dropout(self.attention(self.attention_norm(x), mask))
        return x + self.dropout(self.fed(x))

    def fed(self, x: Tensor) -> Tensor:
        """Return what the feed-forward network adds to x."""
        return self.contract(self.activation(self.expand(self.feed_norm(x))))
