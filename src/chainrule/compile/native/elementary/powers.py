"""pow: exp(y log x), where log x has more digits than the result."""

from __future__ import annotations

from chainrule.compile.native.elementary.coefficients import ARTANH_TAIL
from chainrule.compile.native.elementary.exponentials import (
    LOG_2_HIGH,
    LOG_2_LOW,
    exp_of_sum,
)
from chainrule.compile.native.elementary.logarithms import split
from chainrule.compile.native.elementary.values import (
    Value,
    by_kind,
    choose,
    fma,
    madd,
    magnitude,
    polynomial,
)

_INFINITY = float("inf")
_TWO_THIRDS = (
    (0.6666666865348816, -1.9868215517249155e-08),
    (0.6666666666666666, 3.700743415417188e-17),
)
"""2 / 3 in float32 and float64, and its error."""


def pow(x: Value, y: Value) -> Value:
    """Write x^y with the values of C99 at its edges."""
    a = magnitude(x)
    size = choose(a.same_as(1), 1.0, _of_size(a, y))
    half, is_whole = y * 0.5, _is_whole(y)
    is_turned = (x.bits() < 0) & is_whole
    result = choose(is_turned, choose(_is_whole(half), size, -size), size)
    is_power = is_whole | (x >= 0) | a.same_as(_INFINITY)
    result = choose(is_power, result, float("nan"))
    return choose(y.same_as(0) | x.same_as(1), 1.0, result)


def _is_whole(x: Value) -> Value:
    """Return whether a float has no digits after the point."""
    return x.text.call("llvm.trunc", x).same_as(x)


def _at_ends(a: Value, log: Value) -> Value:
    """Return a part of the logarithm with its values at 0 and infinity; NaN stays."""
    return choose(a.same_as(0), -_INFINITY, choose(a < _INFINITY, log, a))


def _of_size(a: Value, y: Value) -> Value:
    """Return a^y for a ≥ 0: the logarithm is the sum of two numbers."""
    log, low = _log_in_two_parts(a)
    log = _at_ends(a, log)
    t = y * log
    rest = madd(y, low, fma(y, log, -t))
    return exp_of_sum(t, choose(magnitude(t) < 1000, rest, 0.0))


def _log_in_two_parts(a: Value) -> tuple[Value, Value]:
    """Return log(a) and its error: e log 2 + 2 s + s³ (2/3 + ...) with s = f / (2 + f)."""
    e, f, _ = split(a)
    total = f + 2
    reciprocal = 1 / total
    s = f * reciprocal
    s_low = reciprocal * (fma(-s, total, f) - s * (f - (total - 2)))
    z = s * s
    z_low = madd(s + s, s_low, fma(s, s, -z))
    w = s * z
    w_low = madd(s, z_low, madd(s_low, z, fma(s, z, -w)))
    factor, small = _TWO_THIRDS[0 if a.is_single else 1]
    b = w * factor
    b_low = madd(w, small, madd(w_low, factor, fma(w, factor, -b)))
    rest = madd(w * z, polynomial(ARTANH_TAIL[0 if a.is_single else 1], z), b_low + (s_low + s_low))
    high, low = _sum_of(s + s, b)
    start, part = _sum_of(e * by_kind(a, *LOG_2_HIGH), high)
    return _sum_of(start, part + madd(e, by_kind(a, *LOG_2_LOW), low + rest))


def _sum_of(a: Value, b: Value) -> tuple[Value, Value]:
    """Return a + b and its error, for an a that is larger or 0."""
    total = a + b
    return total, (a - total) + b
