"""Gradients of attention in ordinary gates: of masks, and of the gradients themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import Tensor
from chainrule.ops.attending.attention_layout import layout_of
from chainrule.ops.attending.attention_weights import heads_of, weights_of, without_hidden
from chainrule.ops.attending.weight_dropout import WeightDropout
from chainrule.ops.shaping import concat, permute_dims

TOKENS_FIRST = (0, 2, 1, 3)


@dataclass(frozen=True, eq=False)
class WeightGradients:
    """Attention weights P and the gradients that pass them, each (batch, heads, ...).

    queries, keys, values  the factors Q, K, V; zeros where a mask hides a key
    upstream               the gradient G of the output
    factors                those of dropout, M; None without it
    weights                P = softmax of the scores S
    of_weights             D = M (G Vᵀ), the gradient of P
    of_scores              P (D - Σ P D), the gradient of S
    """

    queries: Tensor
    keys: Tensor
    values: Tensor
    upstream: Tensor
    factors: Tensor | None
    weights: Tensor
    of_weights: Tensor
    of_scores: Tensor

    def dropped(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of the weights times the factors of dropout."""
        return x if self.factors is None else x * self.factors


def weight_gradients(
    g: Tensor,
    operands: Sequence[Tensor],
    masks: Sequence[Tensor],
    causal: bool,
    scale: float,
    dropout: WeightDropout | None = None,
) -> WeightGradients:
    """Return the gradients of weights and scores; arguments as those of `attention`."""
    queries, *hidden = heads_of(operands)
    keys, values = (without_hidden(each, masks) for each in hidden)
    weights = weights_of(queries, keys, masks, causal, scale)
    upstream = permute_dims(g, TOKENS_FIRST)
    of_weights = upstream @ values.mT
    factors = None if dropout is None else dropout.factors(weights.shape, weights.dtype)
    of_weights = of_weights if factors is None else of_weights * factors
    of_scores = _through_softmax(weights, of_weights)
    return WeightGradients(queries, keys, values, upstream, factors, weights, of_weights, of_scores)


def gradients_of_gradients(
    h: Tensor,
    g: Tensor,
    operands: Sequence[Tensor],
    masks: Sequence[Tensor],
    causal: bool,
    scale: float,
    dropout: WeightDropout | None = None,
) -> tuple[Tensor, ...]:
    """Return the gradients of g, the operands and the masks, given h, that of their gradients.

    With the gradients Q' = scale S' K, K' = scale S'ᵀ Q and V' = (M P)ᵀ G, where S' is the gradient
    of the scores and M are the factors of dropout, and h = (A, B, C) that of (Q', K', V'):
    X = scale (A Kᵀ + Q Bᵀ) is that of S'.
    """
    w = weight_gradients(g, operands, masks, causal, scale, dropout)
    a, b, c = heads_of(_apart(h, operands))
    of_s = (a @ w.keys.mT + w.queries @ b.mT) * scale
    along = (of_s * w.weights).sum(-1, keepdims=True)
    of_dp = w.dropped(w.weights * (of_s - along))
    held = (w.of_weights * w.weights).sum(-1, keepdims=True)
    of_p = w.dropped(w.upstream @ c.mT) + of_s * (w.of_weights - held) - along * w.of_weights
    of_scores = _through_softmax(w.weights, of_p)
    queries = (of_scores @ w.keys + w.of_scores @ b) * scale
    keys = (of_scores.mT @ w.queries + w.of_scores.mT @ a) * scale
    upstream = permute_dims(w.dropped(w.weights) @ c + of_dp @ w.values, TOKENS_FIRST)
    packed = _packed((queries, keys, of_dp.mT @ w.upstream), operands)
    return (upstream, *packed, *(of_scores for _ in masks))


def _through_softmax(weights: Tensor, upstream: Tensor) -> Tensor:
    """Return the gradient of scores, given that of their softmax."""
    return weights * (upstream - (upstream * weights).sum(-1, keepdims=True))


def _apart(flat: Tensor, operands: Sequence[Tensor]) -> list[Tensor]:
    """Return a concatenation of the operands' gradients as one tensor per operand."""
    flat = flat.reshape(flat.size)
    pairs = zip(layout_of(operands).starts, operands, strict=True)
    return [flat[start : start + each.size].reshape(each.shape) for start, each in pairs]


def _packed(parts: Sequence[Tensor], operands: Sequence[Tensor]) -> list[Tensor]:
    """Return tensors (batch, heads, tokens, width) in the form of the operands."""
    left = iter(parts)
    packed = []
    for each in operands:
        batch, tokens, count, heads, width = each.shape
        apart = [
            permute_dims(next(left), TOKENS_FIRST).reshape(batch, tokens, 1, heads, width)
            for _ in range(count)
        ]
        packed.append(concat(apart, 2))
    return packed
