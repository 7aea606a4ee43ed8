"""Trigonometric functions and their inverses, and functions of angles."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Notation, Tensor, TensorLike
from chainrule.ops.arithmetic import divide
from chainrule.ops.converting import as_float
from chainrule.ops.elementary import sin, sqrt
from chainrule.ops.elements.magnitudes import hypot
from chainrule.ops.elementwise import Elementwise, elementwise
from chainrule.ops.named_gate import named_gate
from chainrule.ops.scalars import call
from chainrule.ops.where import where

tan = elementwise(
    "tan",
    np.tan,
    lowering=call("tan"),
    vjp=(lambda g, y, x: g * (y * y + 1),),
    domains=((-1.2, 1.2),),
    notation=Notation("tan({})"),
    says="scales by 1 + output²: without bound where the cosine is 0",
)


def _leg(x: Tensor) -> Tensor:
    """Return sqrt(1 - x²)."""
    return sqrt((1 - x) * (x + 1))


asin = elementwise(
    "asin",
    np.arcsin,
    lowering=call("asin"),
    vjp=(lambda g, y, x: g / _leg(x),),
    domains=((-0.9, 0.9),),
    notation=Notation("asin({})"),
    says="scales by 1 / sqrt(1 - input²): without bound at -1 and 1",
)

acos = elementwise(
    "acos",
    np.arccos,
    lowering=call("acos"),
    vjp=(lambda g, y, x: -g / _leg(x),),
    domains=((-0.9, 0.9),),
    notation=Notation("acos({})"),
    says="scales by -1 / sqrt(1 - input²): without bound at -1 and 1",
)

atan = elementwise(
    "atan",
    np.arctan,
    lowering=call("atan"),
    vjp=(lambda g, y, x: g / (x * x + 1),),
    domains=((-2.0, 2.0),),
    notation=Notation("atan({})"),
    says="scales by 1 / (1 + input²), at most 1: far from 0 little passes",
)


def _over_square(g: Tensor, leg: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Return g · leg / (x² + y²), 0 at the origin."""
    radius = hypot(x, y)
    radius = where(radius == 0, 1, radius)
    return g * (leg / radius) / radius


atan2: Elementwise = elementwise(
    "atan2",
    np.arctan2,
    lowering=call("atan2"),
    vjp=(
        lambda g, angle, y, x: _over_square(g, x, y, x),
        lambda g, angle, y, x: _over_square(g, -y, y, x),
    ),
    domains=((0.3, 2.0), (-2.0, 2.0)),
    notation=Notation("atan2({}, {})"),
    says=(
        "turns: the first input receives upstream times second / (first² + second²), the second "
        "upstream times -first / (first² + second²); at the origin nothing passes"
    ),
)


def deg2rad(x: TensorLike) -> Tensor:
    """Return angles in radians, given in degrees: x π / 180. Integers become float64."""
    return as_float(x) * (math.pi / 180)


def rad2deg(x: TensorLike) -> Tensor:
    """Return angles in degrees, given in radians: x 180 / π. Integers become float64."""
    return as_float(x) * (180 / math.pi)


_NEAR = [(-1) ** n / math.factorial(2 * n + 1) for n in range(10)]


@named_gate("scales by the slope of sin(π input) / (π input), which is 0 at 0")
def sinc(x: TensorLike) -> Tensor:
    """Return sin(π x) / (π x), element by element, and 1 at 0. Integers become float64.

    Near 0 it is computed by its series, so that derivatives of every order are right there.
    """
    u = as_float(x) * math.pi
    is_near = abs(u) < 1
    z = where(is_near, u * u, 0)
    series = z * _NEAR[-1] + _NEAR[-2]
    for each in _NEAR[-3::-1]:
        series = series * z + each
    far = where(is_near, 1, u)
    return where(is_near, series, divide(sin(far), far))
