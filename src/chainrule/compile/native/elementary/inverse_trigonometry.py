"""asin, acos, atan and atan2."""

from __future__ import annotations

import math

from chainrule.compile.native.elementary.coefficients import ARCSINE, ARCTANGENT
from chainrule.compile.native.elementary.values import (
    Value,
    by_kind,
    choose,
    known,
    madd,
    magnitude,
    polynomial,
    root,
    with_sign,
)

_PI = (3.1415927410125732, math.pi)
_PI_LOW = (-8.742277657347586e-08, 1.2246467991473532e-16)
_INFINITY = float("inf")


def _pi(x: Value) -> tuple[float, float]:
    """Return π in the precision of x, and its error."""
    return by_kind(x, *_PI), by_kind(x, *_PI_LOW)


def _arcsine_part(a: Value) -> tuple[Value, Value]:
    """Return whether a > 1/2, and asin(a), or asin(sqrt((1 - a) / 2)) where it is."""
    is_far = a > 0.5
    z = choose(is_far, (1 - a) * 0.5, a * a)
    s = choose(is_far, root(z), a)
    return is_far, madd(s * z, polynomial(ARCSINE[0 if a.is_single else 1], z), s)


def asin(x: Value) -> Value:
    """Write the inverse sine: π/2 - 2 asin(sqrt((1 - a) / 2)) for a = |x| > 1/2."""
    is_far, p = _arcsine_part(magnitude(x))
    pi, low = _pi(x)
    far = pi / 2 - (p + p - low / 2)
    return with_sign(choose(is_far, far, p), x)


def acos(x: Value) -> Value:
    """Write the inverse cosine: π/2 - asin(x), or 2 asin(sqrt((1 - x) / 2)) and its complement."""
    is_far, p = _arcsine_part(magnitude(x))
    pi, low = _pi(x)
    is_below = x < 0
    high = choose(is_far, choose(is_below, known(x, pi), 0.0), pi / 2)
    rest = choose(is_far, choose(is_below, known(x, low), 0.0), low / 2)
    p = choose(is_far, p + p, -p)
    return high + (with_sign(known(x, 1.0), x) * p + rest)


def _arctangent_of_ratio(a: Value, b: Value) -> Value:
    """Return atan(a / b) of numbers from 0 on, from 0 to π/2, with one division.

    Between tan(π/8) and tan(3π/8) it is π/4 + atan((a - b) / (a + b)), above π/2 - atan(b / a).
    """
    is_middle, is_upper = a > b * (math.sqrt(2) - 1), a > b * (math.sqrt(2) + 1)
    above = choose(is_upper, -b, choose(is_middle, a - b, a))
    below = choose(is_upper, a, choose(is_middle, a + b, b))
    t = choose((a + b).same_as(0), 0.0, above / below)
    pi, low = _pi(a)
    base = choose(is_upper, known(a, pi / 2), choose(is_middle, known(a, pi / 4), 0.0))
    rest = choose(is_upper, known(a, low / 2), choose(is_middle, known(a, low / 4), 0.0))
    z = t * t
    series = polynomial(ARCTANGENT[0 if a.is_single else 1], z)
    return base + (t + madd(t * z, series, rest))


def atan(x: Value) -> Value:
    """Write the inverse tangent."""
    return with_sign(_arctangent_of_ratio(magnitude(x), known(x, 1.0)), x)


def atan2(y: Value, x: Value) -> Value:
    """Write the angle of the point (x, y), from -π to π; signs of zeros count."""
    a, b = magnitude(y), magnitude(x)
    both = (a + b) * 2.0**-60
    far = both > by_kind(x, 2.0**60, 2.0**940)
    near = both < by_kind(x, 2.0**-120, 2.0**-960)
    factor = choose(far, known(x, 2.0**-40), choose(near, known(x, 2.0**60), 1.0))
    is_corner = a.same_as(_INFINITY) & b.same_as(_INFINITY)
    a = choose(is_corner, 1.0, a * factor)
    b = choose(is_corner, 1.0, b * factor)
    angle = _arctangent_of_ratio(a, b)
    pi, low = _pi(x)
    is_left = x.bits() < 0
    return with_sign(choose(is_left, pi - (angle - low), angle), y)
