"""cbrt, hypot and nextafter."""

from __future__ import annotations

from chainrule.compile.native.elementary.values import (
    Value,
    by_kind,
    choose,
    fma,
    known,
    madd,
    magnitude,
    root,
    with_sign,
)

_INFINITY = float("inf")


def _first_reciprocal(a: Value) -> Value:
    """Return a^(-1/3) within 4 %: a third of the bits, subtracted from a constant."""
    bits = a.bits()
    upper = bits if a.is_single else (bits >> 32).converted("trunc", "i32")
    third = (upper.converted("sitofp", a.kind) * (-1 / 3)).converted("fptosi", "i32")
    found = third + (0x54A237FA if a.is_single else 0x553EF1AA)
    return found.as_float() if a.is_single else (found.converted("sext", "i64") << 32).as_float()


def cbrt(x: Value) -> Value:
    """Write the cube root."""
    size = magnitude(x)
    is_tiny = size < _smallest_usual(x)
    c = _cube_root(choose(is_tiny, size * 2.0**60, size))
    c = choose(is_tiny, c * 2.0**-20, c)
    return choose(size < _INFINITY, with_sign(c, x), x)


def usual_cbrt(x: Value) -> tuple[Value, Value]:
    """Write the cube root of usual numbers, and the flag of others."""
    size = magnitude(x)
    is_usual = (size >= _smallest_usual(x)) & (size < _INFINITY)
    return with_sign(_cube_root(size), x), is_usual ^ 1


def _smallest_usual(x: Value) -> float:
    """Return the smallest size whose root needs no scaling."""
    return float(by_kind(x, 2.0**-120, 2.0**-1000))


def _cube_root(a: Value) -> Value:
    """Return the root of a > 0: steps for y = a^(-1/3), and one of Newton's method for the root.

    The steps are y (1 - E)^(-1/3) in powers of E = 1 - a y³, the first to the third power.
    """
    y = _first_reciprocal(a)
    error = madd(-(a * y), y * y, 1.0)
    y = madd(y * error, madd(error, madd(error, 14 / 81, 2 / 9), 1 / 3), y)
    if not a.is_single:
        error = madd(-(a * y), y * y, 1.0)
        y = madd(y * error, 1 / 3, y)
    inverse_square = y * y
    c = a * inverse_square
    square = c * c
    rest = fma(-square, c, a) - fma(c, c, -square) * c
    return madd(rest, inverse_square * (1 / 3), c)


def nextafter(x: Value, to: Value) -> Value:
    """Write the next float after x towards another: the bits of x plus or minus 1."""
    bits = x.bits()
    goes_out = choose(x > 0, choose(x < to, known(bits, 1), -1), choose(x > to, known(bits, 1), -1))
    smallest = with_sign(known(bits, 1).as_float(), to)
    moved = choose(x.same_as(0), smallest, (bits + goes_out).as_float())
    moved = choose(x.same_as(to), to, moved)
    return choose(x.is_nan() | to.is_nan(), x + to, moved)


def hypot(x: Value, y: Value) -> Value:
    """Write sqrt(x² + y²) without overflow; infinite if an operand is, even beside NaN."""
    a, b = magnitude(x), magnitude(y)
    if x.is_single:
        wide = a.wide()
        result = root(madd(wide, wide, b.wide() * b.wide())).narrow()
    else:
        is_far = choose(a > b, a, b) > 2.0**500
        is_near = choose(a > b, a, b) < 2.0**-450
        factor = choose(is_far, known(a, 2.0**-600), choose(is_near, known(a, 2.0**600), 1.0))
        back = choose(is_far, known(a, 2.0**600), choose(is_near, known(a, 2.0**-600), 1.0))
        u, v = a * factor, b * factor
        result = root(madd(u, u, v * v)) * back
    is_infinite = a.same_as(_INFINITY) | b.same_as(_INFINITY)
    return choose(is_infinite, _INFINITY, result)
