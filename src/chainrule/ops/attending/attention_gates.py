"""Attention in compiled functions: one gate forward, one backward, neither of which stores weights.

Eager code builds the composite form of `attention`, whose scores and weights can be read, explained
and derived. A trace builds these gates instead, which are outside the table of primitives; their
kernels work on blocks of queries and keys (Dao et al., FlashAttention, 2022). The forward keeps one
number per row, the binary logarithm of the sum of exponentials, from which the backward computes
the weights again. Second derivatives are made of ordinary gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import (
    Array,
    Batch,
    DType,
    Shape,
    Tensor,
    apply,
)
from chainrule.graph.inner_primitives import inner_primitive
from chainrule.ops.attending.attention_gradients import gradients_of_gradients, weight_gradients
from chainrule.ops.attending.attention_layout import layout_of
from chainrule.ops.attending.weight_dropout import WeightDropout, factors_of
from chainrule.ops.gates import OWN_BACKWARD
from chainrule.ops.shaping import broadcast_to, concat

_TOKENS_FIRST = (0, 2, 1, 3)


class AttentionGate(NamedTuple):
    """The inputs of a gate of attention.

    before    the inputs before the operands: none, or the upstream gradient and what was kept
    operands  (batch, tokens, parts, heads, width)
    masks     bools or floats that broadcast to (batch, heads, queries, keys)
    keys      int64 (n, 2): the keys of dropout, each for as many sequences; nothing without it
    """

    before: tuple[Any, ...]
    operands: tuple[Any, ...]
    masks: tuple[Any, ...]
    keys: tuple[Any, ...]


def inputs_of(inputs: Sequence[Any], count: int, before: int, share: float | None) -> AttentionGate:
    """Return the inputs of a gate with `count` operands, and dropout unless `share` is None."""
    parts = (0, before, before + count, len(inputs) - (share is not None), len(inputs))
    return AttentionGate(*(tuple(inputs[slice(*each)]) for each in pairwise(parts)))


def has_blocks(operands: Sequence[Tensor]) -> bool:
    """Return whether the kernels compute attention of these operands.

    They do so for floats without an extent of 0, and for less than 2^34 weights, whose random bits
    have numbers of 32 bits.
    """
    layout = layout_of(operands)
    is_numbered = math.prod(layout.rows) * layout.keys < 2**34
    return operands[0].dtype.kind == "f" and all(each.size for each in operands) and is_numbered


def attention_by_blocks(
    operands: Sequence[Tensor],
    masks: Sequence[Tensor],
    causal: bool,
    scale: float,
    dropout: WeightDropout | None = None,
) -> Tensor:
    """Return `attention` as gates that do not store the weights."""
    share = None if dropout is None else dropout.share
    keys = {} if dropout is None else {"key": dropout.key}
    options = {"count": len(operands), "causal": causal, "scale": scale, "share": share}
    kept = apply(ATTENTION, *operands, *masks, *_rows_of(keys), **options)
    shape = layout_of(operands).output
    output = kept[: math.prod(shape)].reshape(shape)

    def backward(
        g: Tensor, y: Tensor, *inputs: Tensor, kept: Tensor, **keys: Tensor
    ) -> list[Tensor]:
        return _gradients(g, kept, inputs, keys, options)

    return _with_backward("attention", output, (*operands, *masks), backward, kept=kept, **keys)


def _rows_of(keys: dict[str, Tensor]) -> list[Tensor]:
    """Return the keys of dropout as the gates take them, (1, 2)."""
    return [each.reshape(1, 2) for each in keys.values()]


def _gradients(
    g: Tensor,
    kept: Tensor,
    inputs: Sequence[Tensor],
    keys: dict[str, Tensor],
    options: dict[str, Any],
) -> list[Tensor]:
    """Return the gradients of operands and masks."""
    gate, share = inputs_of(inputs, options["count"], 0, None), options["share"]
    rest = (options["causal"], options["scale"])
    result = apply(ATTENTION_GRADIENTS, g, kept, *inputs, *_rows_of(keys), **options)

    def dropout_of(keys: dict[str, Tensor]) -> WeightDropout | None:
        return WeightDropout(keys["key"], share) if keys else None

    def backward(
        h: Tensor, y: Tensor, g: Tensor, *inputs: Tensor, **keys: Tensor
    ) -> tuple[Tensor, ...]:
        gate = inputs_of(inputs, options["count"], 0, None)
        return gradients_of_gradients(h, g, gate.operands, gate.masks, *rest, dropout_of(keys))

    flat = _with_backward("attention gradients", result, (g, *inputs), backward, **keys)
    starts = layout_of(gate.operands).starts
    pairs = zip(starts, gate.operands, strict=True)
    found = [flat[start : start + each.size].reshape(each.shape) for start, each in pairs]
    if not gate.masks:
        return found
    of_scores = weight_gradients(g, gate.operands, gate.masks, *rest, dropout_of(keys)).of_scores
    return [*found, *(of_scores for _ in gate.masks)]


def _with_backward(
    name: str,
    result: Tensor,
    inputs: tuple[Tensor, ...],
    backward: Callable[..., Any],
    **kept: Tensor,
) -> Tensor:
    """Return `result` as the result of a named gate with its own backward."""
    return apply(
        OWN_BACKWARD,
        result,
        *inputs,
        *kept.values(),
        name=name,
        backward=backward,
        kept=tuple(kept),
    )


def _infer(*inputs: Tensor, count: int, **_: Any) -> tuple[Shape, DType]:
    layout = layout_of(inputs[:count])
    return (math.prod(layout.output) + math.prod(layout.rows),), inputs[0].dtype


def _infer_gradients(
    g: Tensor, kept: Tensor, *inputs: Tensor, count: int, **_: Any
) -> tuple[Shape, DType]:
    return (layout_of(inputs[:count]).size,), g.dtype


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


def _numpy(*arrays: Array, count: int, causal: bool, scale: float, share: float | None) -> Array:
    w = _weights(inputs_of(arrays, count, 0, share), causal, scale, share)
    output = (w.weights * w.factors @ w.values).transpose(_TOKENS_FIRST)
    return np.concatenate([output.ravel(), w.logarithms.ravel()])


def _gradients_numpy(
    g: Array,
    kept: Array,
    *arrays: Array,
    count: int,
    causal: bool,
    scale: float,
    share: float | None,
) -> Array:
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


def _batched(batch: Batch, *inputs: Tensor, **options: Any) -> Tensor:
    """Return the gate of a batch, whose axis joins that of the sequences."""
    merged, count = _merged(batch, inputs, 0, options), options["count"]
    layout = layout_of(merged[:count])
    cut = math.prod(layout.output)
    found = apply(ATTENTION, *merged, **options)
    parts = (found[:cut], found[cut:])
    return concat([each.reshape(batch.size, each.size // batch.size) for each in parts], 1)


def _batched_gradients(batch: Batch, *inputs: Tensor, **options: Any) -> Tensor:
    """Return the gate of the gradients of a batch."""
    (g, kept, *merged), count = _merged(batch, inputs, 2, options), options["count"]
    cut = math.prod(g.shape) // batch.size
    kept = concat([kept[:, :cut].reshape(g.size), kept[:, cut:].reshape(-1)], 0)
    found = apply(ATTENTION_GRADIENTS, g, kept, *merged, **options)
    starts = layout_of(merged[:count]).starts
    parts = [
        found[start : start + each.size].reshape(batch.size, each.size // batch.size)
        for start, each in zip(starts, merged[:count], strict=True)
    ]
    return concat(parts, 1)


def _merged(
    batch: Batch, inputs: Sequence[Tensor], before: int, options: dict[str, Any]
) -> list[Tensor]:
    """Return inputs whose sequences are those of all examples; what was kept stays as it is."""
    spread = batch.spread(inputs)
    gate = inputs_of(spread, options["count"], before, options["share"])
    sequences = gate.operands[0].shape[1]
    masks = [
        _of_sequences(broadcast_to(each, (batch.size, sequences, *each.shape[2:])))
        for each in gate.masks
    ]
    kept = [*map(_of_sequences, gate.before[:1]), *gate.before[1:]]
    keys = map(_of_sequences, gate.keys)
    return [*kept, *map(_of_sequences, gate.operands), *masks, *keys]


def _of_sequences(x: Tensor) -> Tensor:
    """Return a tensor of a batch of sequences, (size, batch, ...), as one batch of all."""
    return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])


_INSIDE = "is inside a gate with a backward of its own"

ATTENTION = inner_primitive(
    "attention", _infer, _numpy, family="product", says=_INSIDE, vmap=_batched
)
"""Output (batch, queries, heads, width) and the logarithms (batch, heads, queries), both flat."""

ATTENTION_GRADIENTS = inner_primitive(
    "attention gradients",
    _infer_gradients,
    _gradients_numpy,
    family="product",
    says=_INSIDE,
    vmap=_batched_gradients,
)
"""The gradients of the operands, flat, from that of the output, what was kept, operands, masks."""
