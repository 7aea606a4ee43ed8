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
from typing import Any

from chainrule.graph import (
    Batch,
    DType,
    Shape,
    Tensor,
    apply,
)
from chainrule.graph.inner_primitives import inner_primitive
from chainrule.ops.attending.attention_gradients import gradients_of_gradients, weight_gradients
from chainrule.ops.attending.attention_layout import inputs_of, layout_of
from chainrule.ops.attending.attention_values import attention_values, gradient_values
from chainrule.ops.attending.weight_dropout import WeightDropout
from chainrule.ops.gates import OWN_BACKWARD
from chainrule.ops.shaping import broadcast_to, concat


def has_blocks(operands: Sequence[Tensor], dropped: bool) -> bool:
    """Return whether the kernels compute attention of these operands.

    They do so for floats without an extent of 0. If weights are dropped, there must be less than
    2^34: their random bits have numbers of 32 bits.
    """
    if operands[0].dtype.kind != "f" or not all(each.size for each in operands):
        return False
    layout = layout_of(operands)
    return not dropped or math.prod(layout.rows) * layout.keys < 2**34


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
    "attention", _infer, attention_values, family="product", says=_INSIDE, vmap=_batched
)
"""Output (batch, queries, heads, width) and the logarithms (batch, heads, queries), both flat."""

ATTENTION_GRADIENTS = inner_primitive(
    "attention gradients",
    _infer_gradients,
    gradient_values,
    family="product",
    says=_INSIDE,
    vmap=_batched_gradients,
)
"""The gradients of the operands, flat, from that of the output, what was kept, operands, masks."""
