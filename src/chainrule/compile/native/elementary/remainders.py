"""fmod: a - n b with n = a / b without its digits after the point."""

from __future__ import annotations

from chainrule.compile.native.elementary.values import (
    Value,
    by_kind,
    choose,
    fma,
    magnitude,
    with_sign,
)


def fmod(a: Value, b: Value) -> Value:
    """Write the remainder with the sign of a, exact where n has no more digits than a float.

    The quotient may have been rounded up to an integer, which leaves a remainder below 0.
    """
    x, y = magnitude(a), magnitude(b)
    n = a.text.call("llvm.trunc", x / y)
    rest = choose(n.same_as(0), x, fma(-n, y, x))
    return with_sign(choose(rest < 0, rest + y, rest), a)


def is_far(a: Value, b: Value) -> Value:
    """Return whether the quotient has too many digits, or the divisor is 0."""
    return magnitude(a) / magnitude(b) >= by_kind(a, 2.0**23, 2.0**52)
