"""Attention of queries to keys and values, by heads."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.graph import Tensor, current_trace
from chainrule.ops.attending.attention_gates import attention_by_blocks, has_blocks
from chainrule.ops.attending.attention_weights import heads_of, weights_of, without_hidden
from chainrule.ops.attending.weight_dropout import WeightDropout
from chainrule.ops.shaping import permute_dims


def attention(
    operands: Sequence[Tensor],
    masks: Sequence[Tensor],
    causal: bool,
    scale: float,
    dropout: WeightDropout | None = None,
) -> Tensor:
    """Return softmax(scale · Q Kᵀ) V per head: (batch, queries, heads, width).

    operands  (batch, tokens, parts, heads, width): their parts are queries, keys and values, in
              this order, so that a joint projection is one operand
    masks     bools, True where a query attends to a key, or floats of the operands' dtype, which
              are added to the scores, and hide where they are -inf; each broadcasts to (batch,
              heads, queries, keys), with all keys, and all queries or one
    causal    True: query i attends to keys 0 to i only
    dropout   of the weights; None for none

    The output of a query without keys is 0. A compiled function computes attention by blocks of
    queries and keys, and never stores the weights.
    """
    if current_trace() is not None and has_blocks(operands, dropout is not None):
        return attention_by_blocks(operands, masks, causal, scale, dropout)
    queries, keys, values = heads_of(operands)
    weights = weights_of(queries, keys, masks, causal, scale)
    if dropout is not None:
        weights = weights * dropout.factors(weights.shape, weights.dtype)
    return permute_dims(weights @ without_hidden(values, masks), (0, 2, 1, 3))
