"""The gates of attention on arrays, as the reference evaluator computes them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Array
from chainrule.ops.attending.attention_layout import AttentionGate, inputs_of
from chainrule.ops.attending.weight_dropout import factors_of

_TOKENS_FIRST = (0, 2, 1, 3)


class _Weights(NamedTuple):
    """Queries, keys and values per head, the weights, and the logarithms of sums of their rows.

    factors  those of dropout, 1 without it
    """

    queries: Array
    keys: Array
    values: Array
    weights: Array
    logarithms: Array
    factors: Any


def _weights(gate: AttentionGate, causal: bool, scale: float, share: float | None) -> _Weights:
    operands, masks = gate.operands, gate.masks
    q, k, v = (
        each[:, :, i].transpose(_TOKENS_FIRST) for each in operands for i in range(each.shape[2])
    )
    for mask in masks:
        if mask.dtype == np.bool_ and mask.shape[2] == 1:
            k, v = (np.where(mask.mT, each, 0).astype(each.dtype) for each in (k, v))
    scores = q @ k.mT * q.dtype.type(scale)
    for mask in masks:
        added = np.where(mask, 0, -np.inf) if mask.dtype == np.bool_ else mask
        scores = scores + added.astype(q.dtype)
    if causal:
        scores = np.where(np.tri(*scores.shape[2:], dtype=np.bool_), scores, -np.inf)
    largest = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(np.abs(largest) < np.inf, largest, 0)).astype(q.dtype)
    totals = powers.sum(-1, keepdims=True)
    sums = np.where(totals == 0, 1, totals)
    logarithms = np.where(totals == 0, 0, np.log2(sums) + largest * math.log2(math.e))
    factors = 1 if share is None else factors_of(gate.keys[0], share, scores.shape, q.dtype)
    return _Weights(q, k, v, powers / sums, logarithms.astype(q.dtype), factors)


def attention_values(
    *arrays: Array, count: int, causal: bool, scale: float, share: float | None
) -> Array:
    """Return the output and the logarithms of sums; see `ATTENTION`."""
    w = _weights(inputs_of(arrays, count, 0, share), causal, scale, share)
    output = (w.weights * w.factors @ w.values).transpose(_TOKENS_FIRST)
    return np.concatenate([output.ravel(), w.logarithms.ravel()])


def gradient_values(
    g: Array,
    kept: Array,
    *arrays: Array,
    count: int,
    causal: bool,
    scale: float,
    share: float | None,
) -> Array:
    """Return the gradients of operands; see `ATTENTION_GRADIENTS`."""
    w = _weights(inputs_of(arrays, count, 0, share), causal, scale, share)
    upstream = g.transpose(_TOKENS_FIRST)
    of_weights = upstream @ w.values.mT * w.factors
    along = (of_weights * w.weights).sum(-1, keepdims=True)
    of_scores = w.weights * (of_weights - along) * w.queries.dtype.type(scale)
    dropped = w.weights * w.factors
    found = iter((of_scores @ w.keys, of_scores.mT @ w.queries, dropped.mT @ upstream))
    packed = [
        np.stack([next(found).transpose(_TOKENS_FIRST) for _ in range(each.shape[2])], 2).ravel()
        for each in arrays[:count]
    ]
    return np.concatenate(packed)
