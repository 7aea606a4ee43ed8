"""Comparisons with a tolerance, and functions that treat NaN and infinity apart."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.ops.arithmetic import abs
from chainrule.ops.converting import as_float, as_floats
from chainrule.ops.predicates import all, isfinite, isnan
from chainrule.ops.where import maximum, minimum, where


def isclose(
    a: TensorLike,
    b: TensorLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Tensor:
    """Return whether |a - b| <= atol + rtol |b|, element by element, as bools.

    a, b       tensors, arrays or numbers that broadcast
    equal_nan  whether NaN is close to NaN

    An infinity is close to itself only.
    """
    a, b = as_floats(a, b)
    close = (abs(a - b) <= abs(b) * rtol + atol) & isfinite(b) | (a == b)
    return close | (isnan(a) & isnan(b)) if equal_nan else close


def allclose(
    a: TensorLike,
    b: TensorLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Tensor:
    """Return whether all elements are close, as one bool; arguments are those of `isclose`."""
    return all(isclose(a, b, rtol, atol, equal_nan))


def isposinf(x: TensorLike) -> Tensor:
    """Return whether `x` is plus infinity, element by element, as bools."""
    return as_float(x) == math.inf


def isneginf(x: TensorLike) -> Tensor:
    """Return whether `x` is minus infinity, element by element, as bools."""
    return as_float(x) == -math.inf


def fmax(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the larger of two, element by element; of a number and NaN, the number.

    The gradient goes to the chosen operand; a tie goes to the second.
    """
    return where(isnan(b), a, where(isnan(a), b, maximum(a, b)))


def fmin(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the smaller of two, element by element; of a number and NaN, the number.

    The gradient goes to the chosen operand; a tie goes to the second.
    """
    return where(isnan(b), a, where(isnan(a), b, minimum(a, b)))


def nan_to_num(
    x: TensorLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Return `x` with NaN and infinities replaced, element by element.

    nan             the number in place of NaN
    posinf, neginf  those in place of infinities; the largest and lowest of the dtype unless given

    No gradient passes where an element is replaced. Integers and bools are returned unchanged.
    """
    x = as_tensor(x)
    if x.dtype.kind != "f":
        return x
    largest = float(np.finfo(x.dtype).max)
    x = where(isnan(x), nan, x)
    x = where(x == math.inf, largest if posinf is None else posinf, x)
    return where(x == -math.inf, -largest if neginf is None else neginf, x)
