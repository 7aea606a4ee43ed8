"""erf and erfc: a polynomial near 0, and exp(-a²) g(a) / (a + k) with a smooth g elsewhere."""

from __future__ import annotations

from chainrule.compile.native.elementary.coefficients import ERROR_NEAR, ERROR_TAIL
from chainrule.compile.native.elementary.exponentials import exp, exp_inside, exp_of_sum
from chainrule.compile.native.elementary.values import (
    Value,
    at_most,
    by_kind,
    choose,
    fma,
    madd,
    magnitude,
    polynomial,
    with_sign,
)
from chainrule.ops.error_functions import CENTER


def _smooth(a: Value) -> Value:
    """Return exp(a²) erfc(a) for a ≥ 0."""
    center = by_kind(a, 3.0, CENTER)
    share = 1 / (a + center)
    return polynomial(ERROR_TAIL[0 if a.is_single else 1], (a - center) * share) * share


def _tail(a: Value) -> Value:
    """Return erfc(a) for a ≥ 0.

    In float32 the power is exp(-a²) itself, corrected for the rounding of a², so that a kernel that
    also has the density, such as the slope of a GELU, computes the power once.
    """
    whole = -(a * a)
    a = at_most(a, by_kind(a, 10.1, 27.3))
    square = a * a
    rest = fma(a, a, -square)
    if a.is_single:
        power = exp(whole)
        return madd(power, -rest, power) * _smooth(a)
    return exp_of_sum(-square, -rest) * _smooth(a)


def _near(x: Value) -> Value:
    """Return erf(x) for |x| ≤ 1."""
    return madd(x, polynomial(ERROR_NEAR[0 if x.is_single else 1], x * x), x)


def erf(x: Value) -> Value:
    """Write the error function."""
    size = magnitude(x)
    a = at_most(size, by_kind(x, 4.2, 6.2))  # where it is 1
    return choose(size < 1, _near(x), with_sign(1 - exp_inside(-a * a) * _smooth(a), x))


def erfc(x: Value) -> Value:
    """Write 1 - erf(x); tails keep their digits."""
    a = magnitude(x)
    tail = _tail(a)
    whole = choose(x < 0, 2 - tail, tail)
    return whole if x.is_single else choose(a < 0.5, 1 - _near(x), whole)
