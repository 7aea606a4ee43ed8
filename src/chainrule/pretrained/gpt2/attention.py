"""The attention of GPT-2: every token reads itself and what is before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import Tensor
from chainrule.nn import Dropout, Linear, Module
from chainrule.nn.dropout import weight_dropout
from chainrule.ops.attending.attention import attention
from chainrule.ops.attending.attention_weights import heads_of, weights_of
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.gpt2.cached_attention import PastBlock, attended
from chainrule.pretrained.gpt2.settings import Gpt2Settings


class CausalAttention(Module):
    """Causal attention by heads: softmax(scale · Q Kᵀ) V, projected.

    joint  the projections to queries, keys and values, concatenated
    out    the projection of what was read
    """

    def __init__(self, settings: Gpt2Settings, layer: int, random: np.random.Generator) -> None:
        width = settings.width
        self.heads, self.scale = settings.heads, settings.scale(layer)
        self.joint = Linear(width, 3 * width, initial=unset)
        self.out = Linear(width, width, initial=unset)
        self.dropout = Dropout(settings.attention_dropout, random=random)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return what the tokens of x (batch, tokens, width) read; mask: True for visible keys."""
        projections, masks = self.projections(x), _masks(mask)
        dropped = weight_dropout(self.dropout)
        read = attention([projections], masks, True, self.scale, dropped)
        return self.out(read.reshape(x.shape))

    def projections(self, x: Tensor) -> Tensor:
        """Return queries, keys and values, (batch, tokens, 3, heads, width / heads)."""
        batch, tokens, width = x.shape
        return self.joint(x).reshape(batch, tokens, 3, self.heads, width // self.heads)

    def prefilled(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what a call returns, the keys and the values, (batch, tokens, heads, width)."""
        projections = self.projections(x)
        read = attention([projections], [], True, self.scale)
        return self.out(read.reshape(x.shape)), projections[:, :, 1], projections[:, :, 2]

    def stepped(
        self, x: Tensor, past: Sequence[PastBlock], positions: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return what one more token per row reads, its key and its value.

        x                (rows, width)
        past, positions  as `attended` takes them

        Keys and values are (rows, heads, width / heads).
        """
        rows, width = x.shape
        parts = self.joint(x).reshape(rows, 3, self.heads, 1, width // self.heads)
        query, key, value = parts[:, 0] * self.scale, parts[:, 1], parts[:, 2]
        read = attended(query, key, value, past, positions)
        return self.out(read.reshape(rows, width)), key[:, :, 0], value[:, :, 0]

    def weights(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the weights, (batch, heads, queries, keys), without dropout."""
        queries, keys, _ = heads_of([self.projections(x)])
        return weights_of(queries, keys, _masks(mask), True, self.scale)


def _masks(mask: Tensor | None) -> list[Tensor]:
    return [] if mask is None else [mask.reshape(mask.shape[0], 1, 1, mask.shape[1])]
