"""Activation functions: recipes, plain functions of tensors."""

from __future__ import annotations

import math

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.arithmetic import abs, reciprocal
from chainrule.ops.elementary import erf, exp, expm1, log1p
from chainrule.ops.gates import gate
from chainrule.ops.reducing import max
from chainrule.ops.where import maximum, minimum, where


@gate(says="scales by output · (1 - output), at most a quarter: far from 0 almost nothing passes")
def sigmoid(x: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-x)), element by element; the backward reuses the output."""
    return reciprocal(exp(-x) + 1)


@sigmoid.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream * (output * (1 - output))


@gate(says="switches: positive elements pass their upstream gradient, the others nothing")
def relu(x: Tensor) -> Tensor:
    """Return max(x, 0), element by element; the gradient at 0 is 0."""
    return maximum(x, 0)


def leaky_relu(x: TensorLike, slope: float = 0.01) -> Tensor:
    """Return x where it is positive, slope · x elsewhere."""
    return prelu(x, slope)


def prelu(x: TensorLike, slope: TensorLike) -> Tensor:
    """Return x where it is positive, slope · x elsewhere, with a slope that can be learned."""
    x = as_tensor(x)
    return where(x > 0, x, x * slope)


def elu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Return x where it is positive, alpha (exp(x) - 1) elsewhere."""
    x = as_tensor(x)
    return where(x > 0, x, expm1(minimum(0, x)) * alpha)


def gelu(x: TensorLike) -> Tensor:
    """Return x Φ(x), Φ the normal distribution function: x (1 + erf(x / sqrt 2)) / 2."""
    x = as_tensor(x)
    return x * 0.5 * (erf(x * (1 / math.sqrt(2))) + 1)


def silu(x: TensorLike) -> Tensor:
    """Return x · sigmoid(x)."""
    x = as_tensor(x)
    return x * sigmoid(x)


@gate(says="scales by the sigmoid of its input")
def softplus(x: Tensor) -> Tensor:
    """Return log(1 + exp(x)), computed as max(x, 0) + log1p(exp(-|x|))."""
    return maximum(x, 0) + log1p(exp(-abs(x)))


@softplus.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream * sigmoid(x)


def log_sigmoid(x: TensorLike) -> Tensor:
    """Return log(sigmoid(x)) without overflow: -softplus(-x)."""
    return -softplus(-as_tensor(x))


def clip(x: TensorLike, low: float, high: float) -> Tensor:
    """Return x limited to [low, high]; at and outside the limits no gradient passes."""
    return maximum(minimum(x, high), low)


def hard_tanh(x: TensorLike) -> Tensor:
    """Return x limited to [-1, 1]."""
    return clip(x, -1, 1)


def maxout(x: TensorLike, pieces: int) -> Tensor:
    """Return the largest of every `pieces` neighbouring elements of the last axis.

    x (..., units · pieces) gives (..., units). Goodfellow et al., Maxout networks (2013).
    Raises ShapeError if the last axis is not divisible.
    """
    x = as_tensor(x)
    if pieces < 1 or x.ndim == 0 or x.shape[-1] % pieces:
        raise ShapeError(
            f"maxout was asked for groups of {pieces} on {x.label} with shape {x.shape}. "
            "The last axis must be a multiple of the number of pieces."
        )
    return max(x.reshape(*x.shape[:-1], x.shape[-1] // pieces, pieces), axis=-1)
