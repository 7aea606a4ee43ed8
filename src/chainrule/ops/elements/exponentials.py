"""Exponentials and logarithms of other bases, and sums of exponentials."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from chainrule.graph import Notation, Tensor, TensorLike, as_tensor
from chainrule.ops.activations import sigmoid
from chainrule.ops.arithmetic import abs, negative
from chainrule.ops.converting import as_float, as_floats
from chainrule.ops.elementary import exp, log, log1p
from chainrule.ops.elements.hyperbolic import atanh
from chainrule.ops.elementwise import elementwise
from chainrule.ops.gates import gate
from chainrule.ops.hard_activations import clip
from chainrule.ops.scalars import call
from chainrule.ops.where import maximum, where

_LOG_2, _LOG_10 = math.log(2), math.log(10)

exp2 = elementwise(
    "exp2",
    np.exp2,
    lowering=call("exp2"),
    vjp=(lambda g, y, x: g * y * _LOG_2,),
    domains=((-2.0, 2.0),),
    notation=Notation("2^{}", 3),
    says="scales by log 2 times its own output",
)

log2 = elementwise(
    "log2",
    np.log2,
    lowering=call("log2"),
    vjp=(lambda g, y, x: g / (x * _LOG_2),),
    domains=((0.5, 3.0),),
    notation=Notation("log2({})"),
    says="scales by 1 / (input · log 2): small inputs receive large gradients",
)

log10 = elementwise(
    "log10",
    np.log10,
    lowering=call("log10"),
    vjp=(lambda g, y, x: g / (x * _LOG_10),),
    domains=((0.5, 3.0),),
    notation=Notation("log10({})"),
    says="scales by 1 / (input · log 10): small inputs receive large gradients",
)


def _difference(a: Tensor, b: Tensor) -> Tensor:
    """Return a - b; 0 where both are the same infinity."""
    same = (a == b) & (abs(a) == math.inf)
    return where(same, 0, a) - where(same, 0, b)


def _sum_of_powers(a: Tensor, b: Tensor, power: Callable[[Tensor], Tensor], base: float) -> Tensor:
    """Return log(power(a) + power(b)) / log(base), from the larger of a and b."""
    rest = log1p(power(-abs(_difference(a, b))))
    return maximum(a, b) + (rest if base == math.e else rest * (1 / math.log(base)))


@gate(says="shares: each input receives its part of the sum of exponentials")
def _logaddexp(a: Tensor, b: Tensor) -> Tensor:
    return _sum_of_powers(a, b, exp, math.e)


@_logaddexp.backward
def _(upstream: Tensor, output: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return _shares(upstream, a, b, 1.0)


@gate(says="shares: each input receives its part of the sum of powers of 2")
def _logaddexp2(a: Tensor, b: Tensor) -> Tensor:
    return _sum_of_powers(a, b, exp2, 2.0)


@_logaddexp2.backward
def _(upstream: Tensor, output: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return _shares(upstream, a, b, _LOG_2)


def _shares(upstream: Tensor, a: Tensor, b: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    difference = _difference(a, b) * scale
    return upstream * sigmoid(difference), upstream * sigmoid(negative(difference))


_logaddexp.name, _logaddexp2.name = "logaddexp", "logaddexp2"


def logaddexp(a: TensorLike, b: TensorLike) -> Tensor:
    """Return log(exp(a) + exp(b)) without overflow, element by element.

    a, b  tensors, arrays or numbers that broadcast; integers become float64
    """
    return _logaddexp(*as_floats(a, b))


def logaddexp2(a: TensorLike, b: TensorLike) -> Tensor:
    """Return log2(2^a + 2^b) without overflow, element by element.

    a, b  tensors, arrays or numbers that broadcast; integers become float64
    """
    return _logaddexp2(*as_floats(a, b))


def xlogy(x: TensorLike, y: TensorLike) -> Tensor:
    """Return x log(y), and 0 where x is 0 and y is not NaN, element by element.

    x, y  tensors, arrays or numbers that broadcast; integers become float64

    Where x is 0 and y is not positive, no gradient passes.
    """
    x, y = as_floats(x, y)
    is_edge = (x == 0) & ((y <= 0) | (y == math.inf))
    return x * log(where(is_edge, 1, y))


@gate(says="scales by 1 / (input · (1 - input)), at least 4")
def _logit(x: Tensor) -> Tensor:
    """log(x / (1 - x)); around 1/2, where it is 0, as 2 atanh(2 x - 1)."""
    is_near = abs(x - 0.5) < 0.25
    near = atanh(where(is_near, x, 0.5) * 2 - 1) * 2
    return where(is_near, near, log(x / (1 - x)))


@_logit.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream / (x * (1 - x))


_logit.name = "logit"


def logit(x: TensorLike, eps: float | None = None) -> Tensor:
    """Return log(x / (1 - x)), the inverse of the sigmoid; NaN outside [0, 1].

    eps  limits x to [eps, 1 - eps] first, if given

    Integers become float64.
    """
    x = as_float(as_tensor(x))
    return _logit(x if eps is None else clip(x, eps, 1 - eps))
