"""What a pretrained network returns."""

from __future__ import annotations

from typing import NamedTuple

from chainrule.graph import Tensor


class Output(NamedTuple):
    """The results of a call of a pretrained network.

    hidden      (batch, tokens, width): the output of the last layer
    pooled      (batch, width): the first token after the pooler, or None without a pooler
    scores      what the head computed, before any softmax, or None without a head
    layers      on request: the embeddings and the output of every layer, each like `hidden`
    attentions  on request: the weights of every layer, (batch, heads, queries, keys), no dropout
    """

    hidden: Tensor
    pooled: Tensor | None = None
    scores: Tensor | None = None
    layers: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None
