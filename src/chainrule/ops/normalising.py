"""Softmax, its logarithm, logsumexp and layer normalisation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.graph import Axis, Tensor, TensorLike, as_tensor, is_float, normalise_axes
from chainrule.ops.arithmetic import abs
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import exp, log, sqrt, stop_gradient
from chainrule.ops.gates import NamedGate, gate
from chainrule.ops.reducing import max
from chainrule.ops.shaping import permute_dims
from chainrule.ops.where import where


def _largest(x: Tensor) -> Tensor:
    """Return the maximum of the last axis if it is finite, else 0; 0 without elements."""
    if not x.shape[-1]:
        return as_tensor(0, x.dtype)
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
def _logsumexp(x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    largest = _largest(x)
    powers = exp(x - largest)
    total = powers.sum(-1, keepdims=True)
    return log(total) + largest, {"powers": powers, "total": total}


@_logsumexp.backward
def _(upstream: Tensor, output: Tensor, x: Tensor, *, powers: Tensor, total: Tensor) -> Tensor:
    return upstream * (powers / total)


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

Axes = tuple[int, ...]


def _flat(x: Tensor, axes: Axes) -> Tensor:
    """Return `x` with `axes` flattened into one, which comes last."""
    if axes == (x.ndim - 1,):
        return x
    others = [i for i in range(x.ndim) if i not in axes]
    last = axes == tuple(range(len(others), x.ndim))
    turned = x if last else permute_dims(x, (*others, *axes))
    return turned.reshape(*(x.shape[i] for i in others), math.prod(x.shape[i] for i in axes))


def _unflat(flat: Tensor, x: Tensor, axes: Axes) -> Tensor:
    """Return the result of `_flat` in the shape of `x`."""
    order = (*(i for i in range(x.ndim) if i not in axes), *axes)
    turned = flat.reshape([x.shape[i] for i in order])
    if order == tuple(range(x.ndim)):
        return turned
    return permute_dims(turned, tuple(int(i) for i in np.argsort(order)))


def _along(gate: NamedGate[[Tensor]], x: TensorLike, axis: Axis) -> Tensor:
    """Apply a gate of the last axis along other axes, in floating point."""
    x = as_float(x)
    axes = normalise_axes(axis, x.ndim)
    return _unflat(gate(_flat(x, axes)), x, axes)


def softmax(x: TensorLike, axis: Axis = -1) -> Tensor:
    """Return the softmax exp(x) / Σ exp(x) over `axis`, without overflow.

    axis     one axis, several over which the result sums to 1 together, or None for all
    returns  a tensor of the shape of `x`, floating-point; NaN where all elements are -inf

    Raises ShapeError for an axis outside `x`.
    """
    return _along(_softmax, x, axis)


def log_softmax(x: TensorLike, axis: Axis = -1) -> Tensor:
    """Return the log-softmax x - log Σ exp(x) over `axis`, without overflow.

    Axes, dtypes and errors are those of `softmax`.
    """
    return _along(_log_softmax, x, axis)


def logsumexp(x: TensorLike, axis: Axis = -1, keepdims: bool = False) -> Tensor:
    """Return log Σ exp(x) over `axis`, without overflow.

    axis      one axis, several, or None for all
    keepdims  whether reduced axes are kept with extent 1
    returns   a tensor, floating-point; -inf where all elements are -inf, or without elements

    Raises ShapeError for an axis outside `x`.
    """
    x = as_float(x)
    axes = normalise_axes(axis, x.ndim)
    y = _logsumexp(_flat(x, axes))
    one = 1 if keepdims else None
    extents = [one if i in axes else n for i, n in enumerate(x.shape)]
    return y.reshape([each for each in extents if each is not None])


def layer_norm(
    x: TensorLike,
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    epsilon: float = 1e-5,
    axis: Axis = -1,
) -> Tensor:
    """Return weight (x - mean) / sqrt(variance + epsilon) + bias, normalised over `axis`.

    weight, bias  of the extents of these axes, or None
    axis          one axis, several that are normalised together, or None for all
    returns       a tensor of the shape of `x`, floating-point

    Ba, Kiros, Hinton: Layer normalization (2016).
    """
    x = as_tensor(x)
    axes = normalise_axes(axis, x.ndim)
    kind = x.dtype if is_float(x.dtype) else None
    normal = _unflat(_standard(_flat(x, axes), as_tensor(epsilon, kind)), x, axes)
    scaled = normal if weight is None else normal * _placed(weight, x, axes)
    return scaled if bias is None else scaled + _placed(bias, x, axes)


def _placed(factor: TensorLike, x: Tensor, axes: Axes) -> TensorLike:
    """Return a factor of the extents of `axes` in a shape that broadcasts with `x`."""
    if axes == tuple(range(x.ndim - len(axes), x.ndim)) or np.ndim(factor) != len(axes):
        return factor
    return as_tensor(factor).reshape([n if i in axes else 1 for i, n in enumerate(x.shape)])
