"""Attention weights: scores, masks, softmax."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from chainrule.graph import Constant, Shape, Tensor
from chainrule.ops.comparing import logical_and
from chainrule.ops.normalising import softmax
from chainrule.ops.shaping import permute_dims
from chainrule.ops.where import where

# Far below any score, and finite: softmax of it is 0 beside a score, and no gate is infinite.
UNREAD = -1e30


def heads_of(operands: Sequence[Tensor]) -> list[Tensor]:
    """Return queries, keys and values, each (batch, heads, tokens, width).

    operands  (batch, tokens, parts, heads, width): their parts are the three, in this order
    """
    apart = [permute_dims(each, (2, 0, 3, 1, 4)) for each in operands]
    return [each[i] for each in apart for i in range(len(each))]


def weights_of(
    queries: Tensor, keys: Tensor, masks: Sequence[Tensor], causal: bool, scale: float
) -> Tensor:
    """Return the attention weights, (batch, heads, queries, keys); see `attention`."""
    scores = queries @ keys.mT * scale
    read = _readable(scores.shape, masks, causal)
    if read is None:
        return softmax(scores)
    for each in masks:
        if each.dtype.kind == "f":
            scores = scores + where(each > -np.inf, each, 0)
    return where(read, softmax(where(read, scores, UNREAD)), 0)


def without_hidden(x: Tensor, masks: Sequence[Tensor]) -> Tensor:
    """Return keys or values with zeros where a mask of keys hides them (0 · NaN is NaN)."""
    for each in masks:
        if hides_keys(each):
            x = where(each.mT, x, 0)
    return x


def hides_keys(mask: Tensor) -> bool:
    """Return whether a mask is bools of keys, the same for all queries."""
    return mask.dtype == np.bool_ and mask.shape[2] == 1


def _readable(shape: Shape, masks: Sequence[Tensor], causal: bool) -> Tensor | None:
    """Return bools that broadcast to `shape`, True where a query reads a key; None for all True."""
    asked = [each if each.dtype == np.bool_ else each > -np.inf for each in masks]
    if causal:
        asked.append(Constant(np.tri(*shape[2:], dtype=np.bool_)))
    return reduce(logical_and, asked) if asked else None
