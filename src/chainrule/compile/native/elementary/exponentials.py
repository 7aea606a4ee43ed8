"""exp, exp2, expm1 and the hyperbolic functions.

x = n log 2 + r with |r| ≤ log(2) / 2, and e^x = 2^n (1 + p) with p = e^r - 1 as a polynomial.
"""

from __future__ import annotations

import math

from chainrule.compile.native.elementary.coefficients import EXP2_SERIES, EXPM1_SERIES
from chainrule.compile.native.elementary.values import (
    Value,
    at_least,
    at_most,
    by_kind,
    choose,
    inverse_power_of_two,
    known,
    madd,
    magnitude,
    polynomial,
    power_of_two,
    rounded,
    with_sign,
)

LOG_2_HIGH = (0.693359375, 0.6931471803691238)
LOG_2_LOW = (-0.00021219444, 1.9082149292705877e-10)
"""Two parts of log 2 for float32 and float64; the first times an exponent is exact."""


def _parts(x: Value, low: Value | None = None) -> tuple[Value, Value, Value]:
    """Return p, n and the bits of n with e^(x + low) = 2^n (1 + p)."""
    n, bits = rounded(x, 1 / math.log(2))
    r = madd(n, -by_kind(x, *LOG_2_HIGH), x)
    r = madd(n, -by_kind(x, *LOG_2_LOW), r)
    r = r if low is None else r + low
    series = polynomial(EXPM1_SERIES[0 if x.is_single else 1], r)
    return madd(r * r, series, r), n, bits


def _scaled(p: Value, x: Value, bits: Value, end: float) -> Value:
    """Return 2^n (1 + p); where x is below `end`, in two steps, since that has fewer digits."""
    is_low = x < end
    power = power_of_two(bits + choose(is_low, known(bits, 63), -1))
    return madd(p, 2.0, 2.0) * power * choose(is_low, known(x, 2.0**-64), 1.0)


def exp(x: Value) -> Value:
    """Write e^x."""
    return exp_of_sum(x, None)


def exp_of_sum(x: Value, low: Value | None) -> Value:
    """Return e^(x + low) for a small `low`."""
    x = at_least(at_most(x, by_kind(x, 89.0, 710.0)), by_kind(x, -105.0, -746.0))
    p, _, bits = _parts(x, low)
    return _scaled(p, x, bits, by_kind(x, -86.0, -707.0))


def exp_inside(x: Value, low: Value | None = None) -> Value:
    """Return e^(x + low) for an x far from the ends of the range."""
    p, _, bits = _parts(x, low)
    return madd(p, 2.0, 2.0) * power_of_two(bits, 1)


def exp2(x: Value) -> Value:
    """Write 2^x."""
    x = at_least(at_most(x, by_kind(x, 128.0, 1024.0)), by_kind(x, -151.0, -1076.0))
    p, bits = _binary_parts(x)
    return _scaled(p, x, bits, by_kind(x, -124.0, -1020.0))


def usual_exp2(x: Value) -> tuple[Value, Value]:
    """Write 2^x far from the ends of the range, and the flag of other operands."""
    p, bits = _binary_parts(x)
    is_inside = magnitude(x) < by_kind(x, 124.0, 1020.0)
    return madd(p, 2.0, 2.0) * power_of_two(bits, 1), is_inside ^ 1


def exp2_flushed(x: Value) -> Value:
    """Write 2^x for an x far below the largest exponent; 0 where 2^x has fewer digits."""
    n, bits = rounded(x)
    r = x - n
    series = polynomial((*EXP2_SERIES[0 if x.is_single else 1], math.log(2), 1.0), r)
    return choose(x < by_kind(x, -126.0, -1022.0), 0.0, series * power_of_two(bits))


def _binary_parts(x: Value) -> tuple[Value, Value]:
    """Return p and the bits of n with 2^x = 2^n (1 + p)."""
    n, bits = rounded(x)
    r = x - n
    series = polynomial(EXP2_SERIES[0 if x.is_single else 1], r)
    return madd(r, math.log(2), r * r * series), bits


def _minus_one(p: Value, n: Value, bits: Value) -> Value:
    """Return 2^n (1 + p) - 1 as 2^n (p + (1 - 2^-n)); 2^-n is negligible for large n."""
    rest = 1 - choose(n > 60, 0.0, inverse_power_of_two(bits))
    total = p + rest
    return (total + total) * power_of_two(bits, 1)


def expm1(x: Value) -> Value:
    """Write e^x - 1."""
    parts = _parts(at_least(at_most(x, by_kind(x, 89.0, 710.0)), -50.0))
    return with_sign(_minus_one(*parts), x)


def _half_exp(p: Value, bits: Value) -> Value:
    """Return 2^n (1 + p) / 2, which is finite where sinh and cosh are."""
    return madd(p, 2.0, 2.0) * power_of_two(bits, 2)


def sinh(x: Value) -> Value:
    """Write (e^x - e^-x) / 2, near 0 as (m + m / (m + 1)) / 2 with m = e^x - 1."""
    a = magnitude(x)
    p, n, bits = _parts(at_most(a, by_kind(x, 89.5, 710.5)))
    m = _minus_one(p, n, bits)
    inner = (m + m / (m + 1)) * 0.5
    return with_sign(choose(a < 22, inner, _half_exp(p, bits)), x)


def cosh(x: Value) -> Value:
    """Write (e^x + e^-x) / 2."""
    p, _, bits = _parts(at_most(magnitude(x), by_kind(x, 89.5, 710.5)))
    half = _half_exp(p, bits)
    return half + 0.25 / half


def tanh(x: Value) -> Value:
    """Write m / (m + 2) with m = e^2x - 1."""
    a = at_most(magnitude(x), 25.0)
    m = _minus_one(*_parts(a + a))
    return with_sign(m / (m + 2), x)
