"""Roots, powers and remainders of numbers."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Notation, Tensor, TensorLike, as_tensor, float64
from chainrule.ops.arithmetic import pow, reciprocal, trunc
from chainrule.ops.division import remain_of_truncated
from chainrule.ops.elementary import sqrt
from chainrule.ops.elementwise import Elementwise, elementwise
from chainrule.ops.scalars import call
from chainrule.ops.where import where

cbrt = elementwise(
    "cbrt",
    np.cbrt,
    lowering=call("cbrt"),
    vjp=(lambda g, y, x: g / (y * y * 3),),
    domains=((0.5, 3.0),),
    notation=Notation("cbrt({})"),
    says="scales by 1 / (3 · output²): without bound as the input approaches 0",
)

hypot: Elementwise = elementwise(
    "hypot",
    np.hypot,
    lowering=call("hypot"),
    vjp=(
        lambda g, y, a, b: g * (a / where(y == 0, 1, y)),
        lambda g, y, a, b: g * (b / where(y == 0, 1, y)),
    ),
    domains=((0.3, 2.0), (-2.0, 2.0)),
    notation=Notation("hypot({}, {})"),
    says="scales: each input receives upstream times input / output; at the origin nothing passes",
)

fmod = elementwise(
    "fmod",
    np.fmod,
    lowering=remain_of_truncated,
    accepts="number",
    vjp=(lambda g, y, a, b: g, lambda g, y, a, b: -g * trunc(a / b)),
    domains=((2.2, 2.6), (0.9, 1.0)),
    notation=Notation("fmod({}, {})"),
    says="passes the upstream gradient to the dividend; the divisor receives it times -quotient",
    branch=lambda a, b: np.trunc(np.divide(a, b)),
)


def square(x: TensorLike) -> Tensor:
    """Return x², element by element, in the dtype of `x`."""
    x = as_tensor(x)
    return x * x


def rsqrt(x: TensorLike) -> Tensor:
    """Return 1 / sqrt(x), element by element. Integers become float64."""
    return reciprocal(sqrt(x))


def frac(x: TensorLike) -> Tensor:
    """Return x - trunc(x): the digits after the point, with the sign of `x`."""
    x = as_tensor(x)
    return x - trunc(x)


def float_power(base: TensorLike, exponent: TensorLike) -> Tensor:
    """Return base to the power of the exponent in float64, whatever the dtypes of the operands."""
    return pow(as_tensor(base).astype(float64), as_tensor(exponent).astype(float64))
