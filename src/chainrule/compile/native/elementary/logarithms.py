"""log, log2, log10, log1p and the inverse hyperbolic functions.

x = 2^e (1 + f) with 1 + f from sqrt(1/2) to sqrt(2), and log(1 + f) = f + y with a smaller y.
"""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.compile.native.elementary.coefficients import (
    ARSINH_NEAR,
    ARTANH_SERIES,
    LOG_SERIES,
)
from chainrule.compile.native.elementary.exponentials import LOG_2_HIGH, LOG_2_LOW
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

_INFINITY = float("inf")
Parts = tuple[float, float]


def split(x: Value) -> tuple[Value, Value, Value]:
    """Return e and f of a positive number, and the bits of 2^-e."""
    is_tiny = x < smallest_normal(x)
    e, f, reciprocal = split_normal(choose(is_tiny, x * 2.0**60, x))
    return choose(is_tiny, e - 60, e), f, reciprocal


def split_normal(x: Value) -> tuple[Value, Value, Value]:
    """Return e and f of a positive number that is not subnormal, and the bits of 2^-e."""
    place, bias = (23, 127) if x.is_single else (52, 1023)
    bits = x.bits()
    whole = (bits - (0x3F3504F3 if x.is_single else 0x3FE6A09E667F3BCD)) >> place
    steps = whole << place
    f = (bits - steps).as_float() - 1
    shift = known(f, by_kind(x, 1.5 * 2**23, 1.5 * 2**52))
    e = (whole + shift.bits()).as_float() - shift
    return e, f, (bias << place) - steps


def smallest_normal(x: Value) -> float:
    """Return the smallest number of the type of `x` that has all digits."""
    return float(by_kind(x, 2.0**-126, 2.0**-1022))


def is_unusual(x: Value) -> Value:
    """Return whether a number is not positive, subnormal, infinite or NaN."""
    return ((x >= smallest_normal(x)) & (x < _INFINITY)) ^ 1


def _rest(f: Value) -> Value:
    """Return log(1 + f) - f."""
    if f.is_single:
        square = f * f
        return madd(f * square, polynomial(LOG_SERIES, f), square * -0.5)
    s, half = f / (f + 2), f * f * 0.5
    z = s * s
    return madd(s, madd(z, polynomial(ARTANH_SERIES, z), half), -half)


def _at_edges(x: Value, result: Value) -> Value:
    """Return the logarithm with its values at 0 and infinity; NaN below 0 and for NaN."""
    result = choose(x.same_as(0), -_INFINITY, result)
    result = choose(x.same_as(_INFINITY), _INFINITY, result)
    return choose(x >= 0, result, float("nan"))


def _log_of_sum(x: Value, low: Value | None = None, more: Value | None = None) -> Value:
    """Return log(x + low) + more · log 2 for a `low` below the last digit of x."""
    e, f, reciprocal = split(x)
    y = _rest(f)
    if low is not None:
        share = low * reciprocal.as_float()
        y = y + choose(e < 60, madd(share, -f, share), 0.0)
    if more is not None:
        e = e + more
    return _at_edges(x, _added(e, f, y))


def _added(e: Value, f: Value, y: Value) -> Value:
    """Return e log 2 + f + y."""
    rest = madd(e, by_kind(e, *LOG_2_LOW), y)
    return madd(e, by_kind(e, *LOG_2_HIGH), f + rest)


def log(x: Value) -> Value:
    """Write the natural logarithm."""
    return _log_of_sum(x)


def usual_log(x: Value) -> tuple[Value, Value]:
    """Write the natural logarithm of usual numbers, and the flag of others."""
    e, f, _ = split_normal(x)
    return _added(e, f, _rest(f)), is_unusual(x)


@dataclass(frozen=True)
class Base:
    """The base of a logarithm, in float32 and in float64.

    factor  1 / log(base) and its error
    step    the parts of log(2) / log(base), the first of which times an exponent is exact
    """

    factor: tuple[Parts, Parts]
    step: tuple[Parts, Parts]


TWO = Base(
    ((1.4426950216293335, 1.925962991126617e-08), (1.4426950408889634, 2.0355273740931033e-17)),
    ((1.0, 0.0), (1.0, 0.0)),
)
TEN = Base(
    ((0.4342944920063019, -1.0103050052231684e-08), (0.4342944819032518, 1.098319650216765e-17)),
    ((0.30078125, 0.0002487456639811952), (0.3010299956640665, -8.532344317057107e-14)),
)


def log_to(base: Base, x: Value) -> Value:
    """Write the logarithm to a base; that to base 2 is exact at powers of 2."""
    return _at_edges(x, _log_of_parts(base, *split(x)[:2]))


def usual_log_to(base: Base, x: Value) -> tuple[Value, Value]:
    """Write the logarithm of usual numbers to a base, and the flag of others."""
    return _log_of_parts(base, *split_normal(x)[:2]), is_unusual(x)


def _log_of_parts(base: Base, e: Value, f: Value) -> Value:
    """Return (e log 2 + log(1 + f)) / log(base)."""
    factor, step = (pair[0 if f.is_single else 1] for pair in (base.factor, base.step))
    rest = madd(_rest(f), factor[0], e * step[1]) if step[1] else _rest(f) * factor[0]
    share = madd(f, factor[0], madd(f, factor[1], rest))
    return madd(e, step[0], share)


def _one_plus(v: Value) -> tuple[Value, Value]:
    """Return 1 + v rounded, and its error."""
    total = v + 1
    other = total - 1
    return total, (1 - (total - other)) + (v - other)


def log1p(x: Value) -> Value:
    """Write log(1 + x)."""
    return with_sign(_log_of_sum(*_one_plus(x)), x)


def _log1p_or_log_of_double(a: Value, v: Value, bound: float) -> Value:
    """Return log(1 + v), from the bound on log(2 a)."""
    is_large = a > bound
    total, low = _one_plus(v)
    more = choose(is_large, known(a, 1.0), 0.0)
    return _log_of_sum(choose(is_large, a, total), choose(is_large, 0.0, low), more)


def asinh(x: Value) -> Value:
    """Write log(a + sqrt(a² + 1)) of a = |x|, as log(1 + a + a² / (1 + sqrt(a² + 1)))."""
    a = magnitude(x)
    if x.is_single:
        return with_sign(_single_asinh(a), x)
    square = a * a
    v = a + square / (root(square + 1) + 1)
    return with_sign(_log1p_or_log_of_double(a, v, 2.0**28), x)


def _single_asinh(a: Value) -> Value:
    """Return a polynomial to a = 1, from there on log(a + sqrt(a² + 1)), without a division."""
    square = a * a
    near = madd(a * square, polynomial(ARSINH_NEAR, square), a)
    is_large = a > 2.0**60
    e, f, _ = split_normal(choose(is_large, a, a + root(madd(a, a, 1.0))))
    far = _added(choose(is_large, e + 1, e), f, _rest(f))
    return choose(a < 1, near, choose(a < _INFINITY, far, a))


def acosh(x: Value) -> Value:
    """Write log(x + sqrt(x² - 1)), as log(1 + t + sqrt(t (x + 1))) with t = x - 1."""
    t = x - 1
    v = t + root(t * (x + 1))
    found = _log1p_or_log_of_double(x, v, by_kind(x, 2.0**14, 2.0**28))
    return choose(x >= 1, found, float("nan"))


def atanh(x: Value) -> Value:
    """Write log((1 + a) / (1 - a)) / 2 of a = |x|, as log(1 + 2 a / (1 - a)) / 2."""
    a = magnitude(x)
    return with_sign(_log_of_sum(*_one_plus((a + a) / (1 - a))) * 0.5, x)
