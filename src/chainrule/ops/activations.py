"""Activation functions."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.ops.arithmetic import abs, divide, negative, reciprocal
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import erfc, exp, expm1, log1p, tanh
from chainrule.ops.gates import gate
from chainrule.ops.hard_activations import clip
from chainrule.ops.named_gate import named_gate
from chainrule.ops.reducing import max
from chainrule.ops.where import maximum, minimum, where


@gate(says="scales by output · (1 - output), at most a quarter: far from 0 almost nothing passes")
def sigmoid(x: TensorLike) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the sigmoid 1 / (1 + exp(-x)), element by element.

    Integers and bools become float64. The gradient is upstream · y (1 - y), with 1 - y computed
    without cancellation.
    """
    powers = exp(negative(as_float(x)))
    return reciprocal(powers + 1), {"powers": powers}


@sigmoid.backward
def _(upstream: Tensor, output: Tensor, x: Tensor, *, powers: Tensor) -> Tensor:
    return upstream * _sigmoid_slope(output, powers)


@gate(says="scales by 1 - 2 · its input")
def _sigmoid_slope(y: Tensor, powers: Tensor) -> Tensor:
    """Return y (1 - y) with 1 - y = exp(-x) y, which is accurate where y is close to 1."""
    return y * (minimum(powers, float(np.finfo(y.dtype).max)) * y)


@_sigmoid_slope.backward
def _(upstream: Tensor, output: Tensor, y: Tensor, powers: Tensor) -> Any:
    return upstream * (1 - y * 2), None


@gate(
    says="passes or blocks: positive elements pass their upstream gradient, the others pass nothing"
)
def relu(x: TensorLike) -> Tensor:
    """Return max(x, 0), element by element, in the dtype of `x`. The gradient at 0 is 0."""
    return maximum(x, 0)


@named_gate(
    "passes or scales: positive elements pass their upstream gradient, the others "
    "the slope times it"
)
def leaky_relu(x: TensorLike, slope: float = 0.01) -> Tensor:
    """Return x where x > 0, else slope · x: Maas, Hannun and Ng (2013).

    The gradient at 0 is `slope`.
    """
    return prelu(x, slope)


def prelu(x: TensorLike, slope: TensorLike) -> Tensor:
    """Return x where x > 0, else slope · x, with a learned slope: He et al. (2015).

    slope  a tensor that broadcasts with `x`, such as a number, or one per element of the last axis

    Raises ShapeError if the shapes do not broadcast.
    """
    x = as_tensor(x)
    return where(x > 0, x, x * slope)


@named_gate(
    "passes or scales: positive elements pass their upstream gradient, the others "
    "alpha exp(x) times it"
)
def elu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Return x where x > 0, else alpha (exp(x) - 1): Clevert, Unterthiner and Hochreiter (2016)."""
    x = as_tensor(x)
    return where(x > 0, x, expm1(minimum(0, x)) * alpha)


@named_gate(
    "passes or scales: positive elements pass their upstream gradient, the others "
    "exp(x / alpha) times it"
)
def celu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Return x where x > 0, else alpha (exp(x / alpha) - 1): Barron (2017).

    Raises ValueError for an alpha of 0.
    """
    if alpha == 0:
        raise ValueError(
            "celu was given alpha=0, by which it divides. Give another number, or use relu."
        )
    x = as_tensor(x)
    return where(x > 0, x, expm1(minimum(0, x) * (1 / alpha)) * alpha)


@named_gate("scales: positive elements by 1.0507, the others by 1.7581 exp(x)")
def selu(x: TensorLike) -> Tensor:
    """Return 1.0507 elu(x, 1.6733), which preserves mean 0 and variance 1 between layers.

    Klambauer et al., Self-normalizing neural networks (2017). The weights need variance 1 / inputs.
    """
    return elu(x, 1.6732632423543772) * 1.0507009873554805


@named_gate("scales by Φ(x) + x φ(x), the normal distribution and x times its density")
def gelu(x: TensorLike, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """Return x Φ(x) with the normal distribution function Φ: x erfc(-x / sqrt 2) / 2.

    approximate  "tanh" for x (1 + tanh(sqrt(2 / π) (x + 0.044715 x³))) / 2, as in GPT-2

    Hendrycks and Gimpel, Gaussian error linear units (2016). Raises ValueError for another
    `approximate`.
    """
    x = as_float(x)
    if approximate == "none":
        return x * 0.5 * erfc(x * (-1 / math.sqrt(2)))
    if approximate == "tanh":
        return x * sigmoid(_cubic(clip(x, -1000, 1000)) * math.sqrt(8 / math.pi))
    raise ValueError(f"gelu was given approximate={approximate!r}. Give 'none' or 'tanh'.")


def _cubic(x: Tensor) -> Tensor:
    return x + x * x * x * 0.044715


@named_gate("scales by σ + output · (1 - σ), with the sigmoid σ of its input")
def silu(x: TensorLike) -> Tensor:
    """Return x · sigmoid(x), also known as swish: Ramachandran, Zoph and Le (2017)."""
    x = as_tensor(x)
    return x * sigmoid(x)


@gate(says="scales by the sigmoid of its input")
def softplus(x: TensorLike) -> Tensor:
    """Return log(1 + exp(x)), element by element, as max(x, 0) + log1p(exp(-|x|))."""
    x = as_float(x)
    return maximum(x, 0) + log1p(exp(-abs(x)))


@softplus.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream * sigmoid(x)


@named_gate("scales by 1 - σ, the sigmoid of the negative input")
def log_sigmoid(x: TensorLike) -> Tensor:
    """Return log(sigmoid(x)) without overflow: -softplus(-x)."""
    return -softplus(-as_float(x))


@gate(says="scales by the square of 1 / (1 + |input|)")
def softsign(x: TensorLike) -> tuple[Tensor, dict[str, Tensor]]:
    """Return x / (1 + |x|), element by element."""
    x = as_float(x)
    total = abs(x) + 1
    return divide(x, total), {"total": total}


@softsign.backward
def _(upstream: Tensor, output: Tensor, x: Tensor, *, total: Tensor) -> Tensor:
    return upstream / total / total


@named_gate("scales by t + x σ (1 - t²), with t = tanh(softplus(x)) and the sigmoid σ of its input")
def mish(x: TensorLike) -> Tensor:
    """Return x tanh(softplus(x)): Misra, Mish (2019)."""
    x = as_tensor(x)
    return x * tanh(softplus(x))


def glu(x: TensorLike) -> Tensor:
    """Return a · sigmoid(b) for the halves a and b of the last axis: (..., 2 n) to (..., n).

    Dauphin et al., Language modeling with gated convolutional networks (2017). Raises ShapeError
    for an odd last extent.
    """
    x = as_tensor(x)
    if x.ndim == 0 or x.shape[-1] % 2:
        raise ShapeError(
            f"glu was given {x.label} with shape {x.shape}. The last axis must have an even "
            "extent: values first, then the gates."
        )
    half = x.shape[-1] // 2
    return x[..., :half] * sigmoid(x[..., half:])


def maxout(x: TensorLike, pieces: int) -> Tensor:
    """Return the maximum of every `pieces` adjacent elements of the last axis.

    x        (..., units · pieces)
    returns  (..., units)

    Goodfellow et al., Maxout networks (2013). Raises ShapeError unless `pieces` divides the
    last extent.
    """
    x = as_tensor(x)
    if pieces < 1 or x.ndim == 0 or x.shape[-1] % pieces:
        raise ShapeError(
            f"maxout was asked for groups of {pieces} on {x.label} with shape {x.shape}. "
            "The last axis must be a multiple of the number of pieces."
        )
    return max(x.reshape(*x.shape[:-1], x.shape[-1] // pieces, pieces), axis=-1)
