"""The error functions of arrays, by the polynomials that compiled functions use in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from chainrule.graph import Array

# Coefficients, the highest power first; they interpolate at the Chebyshev nodes of the interval.
NEAR = (
    5.957176147748911e-11,
    -1.1372848856791674e-09,
    1.4659775274047436e-08,
    -1.6350312701054695e-07,
    1.6461000484121368e-06,
    -1.4925595266831182e-05,
    0.0001205533111164271,
    -0.000854832698083379,
    0.0052239776248180145,
    -0.026866170645076792,
    0.11283791670954879,
    -0.3761263890318375,
    0.1283791670955126,
)
"""erf(x) / x - 1 in x², for |x| ≤ 1."""

TAIL = (
    9.069944837322502e-11,
    -1.0084680507274943e-09,
    -4.5960423911540335e-09,
    5.430200109788979e-09,
    3.9809197900700845e-08,
    -2.9908269036917635e-08,
    -2.6381617733591976e-07,
    2.8211533025529175e-07,
    1.656341101511518e-06,
    -3.2904838776166704e-06,
    -8.90412209668694e-06,
    3.747201053490615e-05,
    1.059404906787522e-05,
    -0.00034864691027446045,
    0.000794823087994193,
    0.0009863380865431344,
    -0.012535880039737685,
    0.049118778614739914,
    -0.13195540117861523,
    0.2790620490338063,
    -0.4904702912076762,
    0.7363189252217512,
    -0.9587415766529096,
    1.0919229095627891,
)
"""(a + k) exp(a²) erfc(a) in (a - k) / (a + k) for a ≥ 0, with k = CENTER."""

CENTER = 3.75
_LAST = 27.5  # erfc is 0 from there on
_HIGH_BITS = -1 << 27  # of a float64: the square of such a number is exact
_BLOCK = 4096  # elements, whose intermediate values stay in the cache


def error_function(x: Array) -> Array:
    """Return erf(x) in the dtype of `x`, within 2 units of the last place of float64."""
    return _by_blocks(_erf, x)


def complement(x: Array) -> Array:
    """Return 1 - erf(x) in the dtype of `x`, within 5 units of the last place."""
    return _by_blocks(_erfc, x)


def _by_blocks(function: Callable[[Array], Array], x: Array) -> Array:
    """Return a function of all elements, block by block, computed in float64."""
    found = x.astype(np.float64).reshape(-1)
    for start in range(0, found.size, _BLOCK):
        found[start : start + _BLOCK] = function(found[start : start + _BLOCK])
    return found.reshape(x.shape).astype(x.dtype)


def _erf(x: Array) -> Array:
    far = np.abs(x) >= 1
    found = _near(np.clip(x, -1, 1))
    if far.any():
        found[far] = np.copysign(1 - _tail(np.abs(x[far])), x[far])
    return found


def _erfc(x: Array) -> Array:
    far = np.abs(x) >= 0.5
    found = 1 - _near(np.clip(x, -1, 1))
    if far.any():
        tail = _tail(np.abs(x[far]))
        found[far] = np.where(x[far] < 0, 2 - tail, tail)
    return found


def _near(x: Array) -> Array:
    """Return erf(x) for |x| ≤ 1."""
    found: Array = x + x * _polynomial(NEAR, x * x)
    return found


def _tail(a: Array) -> Array:
    """Return erfc(a) for a ≥ 0.

    a² is the sum of an exact square and a small rest, so that exp(-a²) keeps its digits.
    """
    a = np.minimum(a, _LAST)
    head: Array = (a.view(np.int64) & _HIGH_BITS).view(np.float64)
    share = a + CENTER
    smooth = _polynomial(TAIL, (a - CENTER) / share) / share
    found: Array = np.exp(-head * head) * (smooth * np.exp((head - a) * (head + a)))
    return found


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Return the value of a polynomial by Horner's rule."""
    found = np.full_like(x, coefficients[0])
    for each in coefficients[1:]:
        found *= x
        found += each
    return found
