"""Products and sums of several operands: interpolation, scaled products, powers of 2."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.ops.arithmetic import abs, add, divide, multiply, trunc
from chainrule.ops.converting import as_float, as_floats
from chainrule.ops.elements.exponentials import exp2
from chainrule.ops.hard_activations import clip
from chainrule.ops.where import where


def lerp(start: TensorLike, end: TensorLike, weight: TensorLike) -> Tensor:
    """Return start + weight (end - start), exact at the weights 0 and 1.

    start, end, weight  tensors, arrays or numbers that broadcast; integers become float64
    """
    start, end, weight = as_floats(start, end, weight)
    step = end - start
    return where(abs(weight) < 0.5, start + weight * step, end - (1 - weight) * step)


def addcmul(x: TensorLike, a: TensorLike, b: TensorLike, value: float = 1) -> Tensor:
    """Return x + value · a · b, element by element; operands broadcast."""
    return add(x, multiply(multiply(a, b), value))


def addcdiv(x: TensorLike, a: TensorLike, b: TensorLike, value: float = 1) -> Tensor:
    """Return x + value · a / b, element by element; operands broadcast."""
    return add(x, multiply(divide(a, b), value))


def ldexp(x: TensorLike, exponent: TensorLike) -> Tensor:
    """Return x · 2^exponent, element by element; exact unless the result is out of range.

    x, exponent  tensors, arrays or numbers that broadcast; integers `x` become float64
    """
    x = as_float(x)
    most = np.finfo(x.dtype).maxexp - 1
    power = clip(as_tensor(exponent).astype(x.dtype), -3 * most, 3 * most)
    third = trunc(power * (1 / 3))
    return x * exp2(third) * exp2(third) * exp2(power - third * 2)
