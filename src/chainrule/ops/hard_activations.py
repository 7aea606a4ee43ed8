"""Activation functions made of straight pieces: recipes, plain functions of tensors."""

from __future__ import annotations

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.ops.arithmetic import abs
from chainrule.ops.where import maximum, minimum, where


def clip(x: TensorLike, low: float, high: float) -> Tensor:
    """Return x limited to [low, high]; at and outside the limits no gradient passes."""
    return maximum(minimum(x, high), low)


def hard_tanh(x: TensorLike) -> Tensor:
    """Return x limited to [-1, 1]."""
    return clip(x, -1, 1)


def relu6(x: TensorLike) -> Tensor:
    """Return x limited to [0, 6]: Krizhevsky, Convolutional deep belief networks (2010)."""
    return clip(x, 0, 6)


def hard_sigmoid(x: TensorLike) -> Tensor:
    """Return x / 6 + 1/2 limited to [0, 1]: the sigmoid in three straight pieces."""
    return clip(as_tensor(x) * (1 / 6) + 0.5, 0, 1)


def hard_swish(x: TensorLike) -> Tensor:
    """Return x · hard_sigmoid(x): Howard et al., Searching for MobileNetV3 (2019)."""
    x = as_tensor(x)
    return x * hard_sigmoid(x)


def hard_shrink(x: TensorLike, limit: float = 0.5) -> Tensor:
    """Return x where |x| > limit, 0 elsewhere."""
    x = as_tensor(x)
    return where(abs(x) > limit, x, 0)


def soft_shrink(x: TensorLike, limit: float = 0.5) -> Tensor:
    """Return x drawn towards 0 by `limit`, and 0 where |x| <= limit: soft thresholding."""
    x = as_tensor(x)
    return x - clip(x, -limit, limit)
