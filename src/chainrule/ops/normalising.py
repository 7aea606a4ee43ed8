"""Recipes that bring scores to a common scale: softmax and its logarithm, layer norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_tensor, is_float, normalise_axis
from chainrule.ops.arithmetic import abs
from chainrule.ops.elementary import exp, log, sqrt, stop_gradient
from chainrule.ops.gates import Gate, gate
from chainrule.ops.reducing import max
from chainrule.ops.shaping import permute_dims, squeeze
from chainrule.ops.where import where


def _largest(x: Tensor) -> Tensor:
    """Return the maximum of the last axis where it is finite, 0 elsewhere."""
    largest = stop_gradient(max(x, axis=-1, keepdims=True))
    return where(abs(largest) < float("inf"), largest, 0)


@gate(says="couples: score i receives p_i (upstream_i - Σ_j p_j upstream_j); these sum to zero")
def _softmax(x: Tensor) -> Tensor:
    powers = exp(x - _largest(x))
    return powers / powers.sum(-1, keepdims=True)


@_softmax.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return output * (upstream - (upstream * output).sum(-1, keepdims=True))


@gate(says="couples: score i receives upstream_i - p_i Σ_j upstream_j; these sum to zero")
def _log_softmax(x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    below = x - _largest(x)
    powers = exp(below)
    total = powers.sum(-1, keepdims=True)
    return below - log(total), {"powers": powers, "total": total}


@_log_softmax.backward
def _(upstream: Tensor, output: Tensor, x: Tensor, *, powers: Tensor, total: Tensor) -> Tensor:
    return upstream - powers * (upstream.sum(-1, keepdims=True) / total)


@gate(says="shares: score i receives the upstream gradient times its probability p_i")
def _logsumexp(x: Tensor) -> Tensor:
    largest = _largest(x)
    return log(exp(x - largest).sum(-1, keepdims=True)) + largest


@_logsumexp.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream * exp(x - output)


@gate(
    says="couples: element i receives (upstream_i - mean upstream - y_i · mean (upstream · y)) / σ"
)
def _standard(x: Tensor, epsilon: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    away = x - x.mean(-1, keepdims=True)
    scale = 1 / sqrt((away * away).mean(-1, keepdims=True) + epsilon)
    return away * scale, {"scale": scale}


@_standard.backward
def _(upstream: Tensor, output: Tensor, x: Tensor, epsilon: Tensor, *, scale: Tensor) -> Any:
    common = upstream.mean(-1, keepdims=True)
    along = (upstream * output).mean(-1, keepdims=True)
    return (upstream - common - output * along) * scale, None


_standard.name = "layer_norm"
_softmax.name, _log_softmax.name, _logsumexp.name = "softmax", "log_softmax", "logsumexp"


def _along(gate: Gate, x: Tensor, axis: int) -> Tensor:
    """Return a gate of the last axis applied along another one."""
    at = normalise_axis(axis, x.ndim)
    if at == x.ndim - 1:
        return gate(x)
    order = [i for i in range(x.ndim) if i != at] + [at]
    back = tuple(int(i) for i in np.argsort(order))
    return permute_dims(gate(permute_dims(x, order)), back)


def softmax(x: TensorLike, axis: int = -1) -> Tensor:
    """Return exp(x) / Σ exp(x) along `axis`: probabilities that sum to 1, without overflow."""
    return _along(_softmax, as_tensor(x), axis)


def log_softmax(x: TensorLike, axis: int = -1) -> Tensor:
    """Return x - log Σ exp(x) along `axis`: log-probabilities, without overflow."""
    return _along(_log_softmax, as_tensor(x), axis)


def logsumexp(x: TensorLike, axis: int = -1, keepdims: bool = False) -> Tensor:
    """Return log Σ exp(x) along `axis`, without overflow; -inf where all elements are -inf."""
    x = as_tensor(x)
    y = _along(_logsumexp, x, axis)
    return y if keepdims else squeeze(y, normalise_axis(axis, x.ndim))


def layer_norm(
    x: TensorLike,
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """Return (x - mean) / sqrt(variance + epsilon) over the last axis, scaled and shifted.

    weight, bias  of the last axis' extent, or None. Ba, Kiros, Hinton: Layer normalization (2016).
    """
    x = as_tensor(x)
    kind = x.dtype if is_float(x.dtype) else None
    normal = _standard(x, as_tensor(epsilon, kind))
    scaled = normal if weight is None else normal * weight
    return scaled if bias is None else scaled + bias
