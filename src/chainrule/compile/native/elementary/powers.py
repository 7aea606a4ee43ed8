"""pow: exp(y log x), where log x has more digits than the result."""

from __future__ import annotations

from chainrule.compile.native.elementary.coefficients import ARTANH_TAIL
from chainrule.compile.native.elementary.exponentials import (
    LOG_2_HIGH,
    LOG_2_LOW,
    exp_inside,
    exp_of_sum,
)
from chainrule.compile.native.elementary.logarithms import is_unusual, split, split_normal
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
    sign = x.bits() & by_kind(x, -(1 << 31), -(1 << 63))
    turned = (size.bits() ^ sign).as_float()
    result = choose(is_whole, choose(_is_whole(half), size, turned), size)
    is_finite = a.bits() < by_kind(x, 0x7F800000, 0x7FF0000000000000)  # by bits, which is faster
    result = choose(is_whole, result, choose((x < 0) & is_finite, float("nan"), size))
    return choose(y.same_as(0) | x.same_as(1), 1.0, result)


def usual_pow(x: Value, y: Value) -> tuple[Value, Value]:
    """Write x^y of usual numbers; return also the flag of operands and results at the edges."""
    log, low = _log_in_two_parts(*split_normal(x)[:2])
    t = y * log
    rest = madd(y, low, fma(y, log, -t))
    is_inside = magnitude(t) < by_kind(x, 86.0, 707.0)
    return exp_inside(t, rest), is_unusual(x) | (is_inside ^ 1)


def _is_whole(x: Value) -> Value:
    """Return whether a float has no digits after the point."""
    return x.text.call("llvm.trunc", x).same_as(x)


def _at_ends(a: Value, log: Value) -> Value:
    """Return a part of the logarithm with its values at 0 and infinity; NaN stays."""
    return choose(a.same_as(0), -_INFINITY, choose(a < _INFINITY, log, a))


def _of_size(a: Value, y: Value) -> Value:
    """Return a^y for a ≥ 0: the logarithm is the sum of two numbers."""
    log, low = _log_in_two_parts(*split(a)[:2])
    log = _at_ends(a, log)
    t = y * log
    rest = madd(y, low, fma(y, log, -t))
    return exp_of_sum(t, choose(magnitude(t) < 1000, rest, 0.0))


def _log_in_two_parts(e: Value, f: Value) -> tuple[Value, Value]:
    """Return log(a) and its error: e log 2 + 2 s + s³ (2/3 + ...) with s = f / (2 + f)."""
    total = f + 2
    reciprocal = 1 / total
    s = f * reciprocal
    s_low = reciprocal * (fma(-s, total, f) - s * (f - (total - 2)))
    z = s * s
    z_low = madd(s + s, s_low, fma(s, s, -z))
    w = s * z
    w_low = madd(s, z_low, madd(s_low, z, fma(s, z, -w)))
    factor, small = _TWO_THIRDS[0 if f.is_single else 1]
    b = w * factor
    b_low = madd(w, small, madd(w_low, factor, fma(w, factor, -b)))
    rest = madd(w * z, polynomial(ARTANH_TAIL[0 if f.is_single else 1], z), b_low + (s_low + s_low))
    high, low = _sum_of(s + s, b)
    start, part = _sum_of(e * by_kind(e, *LOG_2_HIGH), high)
    return _sum_of(start, part + madd(e, by_kind(e, *LOG_2_LOW), low + rest))


def _sum_of(a: Value, b: Value) -> tuple[Value, Value]:
    """Return a + b and its error, for an a that is larger or 0."""
    total = a + b
    return total, (a - total) + b
