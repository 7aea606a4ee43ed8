"""sin, cos and tan: x = n π + r (tan: n π / 2 + r), and polynomials of r.

Multiples of π are subtracted in parts that are exact. Large numbers, which are rare, are left to
the C library (`rare_operands.py`).
"""

from __future__ import annotations

import math

from chainrule.compile.native.elementary.coefficients import (
    COSINE_NEAR,
    SINE,
    SINE_NEAR,
    TANGENT,
)
from chainrule.compile.native.elementary.values import (
    Value,
    by_kind,
    choose,
    fma,
    known,
    madd,
    magnitude,
    polynomial,
    rounded,
)

_PI_SINGLE = (3.1415927410125732, -8.742277657347586e-08, -3.4302490200117637e-15)
_PI = (math.pi, 1.2246467991473532e-16, -2.9947698097183397e-33)
"""The sum of three numbers of the precision is π with three times its digits."""


def is_large(x: Value) -> Value:
    """Return whether a number is finite, and too large for the parts of π."""
    size = magnitude(x)
    return (size > by_kind(x, 2.0**16, 2.0**29)) & (size < float("inf"))


def _less_multiple(x: Value, n: Value, factor: float) -> tuple[Value, Value | None]:
    """Return x - n · factor · π, and its error for float64."""
    first, second, third = (factor * each for each in (_PI_SINGLE if x.is_single else _PI))
    if x.is_single:
        return fma(n, -third, fma(n, -second, fma(n, -first, x))), None
    nearly = fma(n, -first, x)
    p = n * second
    error = fma(n, second, -p)
    high = nearly - p
    return high, (nearly - high) - p - madd(n, third, error)


def _sine(r: Value, low: Value | None) -> Value:
    """Return the sine of r + low for |r| ≤ π / 2."""
    z = r * r
    if low is None:
        return madd(r * z, polynomial(SINE[0], z), r)
    return r + madd(r * z, polynomial(SINE[1], z), madd(low * z, -0.5, low))


def _flipped(x: Value, bits: Value) -> Value:
    """Return -x where the lowest bit is set."""
    return (x.bits() ^ (bits << (31 if x.is_single else 63))).as_float()


def sin(x: Value) -> Value:
    """Write the sine: (-1)^n sin(r)."""
    n, bits = rounded(x, 1 / math.pi)
    return choose(x.same_as(0), x, _flipped(_sine(*_less_multiple(x, n, 1)), bits))


def cos(x: Value) -> Value:
    """Write the cosine: with n = k + 1/2, it is -(-1)^k sin(r)."""
    k, bits = rounded(x, 1 / math.pi, 0.5)
    return _flipped(_sine(*_less_multiple(x, k + 0.5, 1)), bits ^ 1)


def tan(x: Value) -> Value:
    """Write the tangent: sin(r) / cos(r), or -cos(r) / sin(r) for an odd multiple of π / 2."""
    n, bits = rounded(x, 2 / math.pi)
    sine, cosine = _ratio(*_less_multiple(x, n, 0.5))
    is_odd = (bits & 1).same_as(1)
    above, below = choose(is_odd, cosine, sine), choose(is_odd, sine, cosine)
    return choose(x.same_as(0), x, _flipped(above, bits) / below)


def _ratio(r: Value, low: Value | None) -> tuple[Value, Value]:
    """Return two numbers whose quotient is the tangent of r + low for |r| ≤ π / 4."""
    z = r * r
    if low is None:
        return madd(r * z, polynomial(TANGENT, z), r), known(r, 1.0)
    sine = r + madd(r * z, polynomial(SINE_NEAR, z), low)
    start = 1 - z * 0.5
    rest = madd(z * z, polynomial(COSINE_NEAR, z), madd(r, -low, (1 - start) - z * 0.5))
    return sine, start + rest
