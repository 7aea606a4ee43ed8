"""pow: a power of y log x, where log x has more digits than the result.

For float32 the logarithm is computed in float64; for float64 it is the sum of two numbers.
"""

from __future__ import annotations

from chainrule.compile.native.elementary.coefficients import ARTANH_TAIL, LOG2_SERIES
from chainrule.compile.native.elementary.exponentials import (
    LOG_2_HIGH,
    LOG_2_LOW,
    exp2_of_parts,
    exp_of_sum,
)
from chainrule.compile.native.elementary.logarithms import split
from chainrule.compile.native.elementary.values import (
    Value,
    at_least,
    at_most,
    choose,
    fma,
    madd,
    magnitude,
    polynomial,
    rounded,
)

_INFINITY = float("inf")
_TWO_THIRDS = (0.6666666666666666, 3.700743415417188e-17)
"""2 / 3 and its error."""


def pow(x: Value, y: Value) -> Value:
    """Write x^y with the values of C99 at its edges."""
    a = magnitude(x)
    power = _single_power(a, y) if a.is_single else _double_power(a, y)
    size = choose(a.same_as(1), 1.0, power)
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
    """Return a term of the logarithm with the logarithms of 0 and infinity; NaN stays."""
    return choose(a.same_as(0), -_INFINITY, choose(a < _INFINITY, log, a))


def _single_power(a: Value, y: Value) -> Value:
    """Return 2^(y log2(a)) for a ≥ 0 in float32."""
    e, f, _ = split(a)
    wide = f.wide()
    log = madd(wide, polynomial(LOG2_SERIES, wide), _at_ends(a, e).wide())
    t = at_least(at_most(y.wide() * log, 128.0), -151.0)
    n, bits = rounded(t)
    return exp2_of_parts((t - n).narrow(), bits.converted("trunc", "i32"), t < -124.0)


def _double_power(a: Value, y: Value) -> Value:
    """Return e^(y log(a)) for a ≥ 0 in float64."""
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
    factor, small = _TWO_THIRDS
    b = w * factor
    b_low = madd(w, small, madd(w_low, factor, fma(w, factor, -b)))
    rest = madd(w * z, polynomial(ARTANH_TAIL, z), b_low + (s_low + s_low))
    high, low = _sum_of(s + s, b)
    start, part = _sum_of(e * LOG_2_HIGH[1], high)
    return _sum_of(start, part + madd(e, LOG_2_LOW[1], low + rest))


def _sum_of(a: Value, b: Value) -> tuple[Value, Value]:
    """Return a + b and its error, for an a that is larger or 0."""
    total = a + b
    return total, (a - total) + b
