"""Signs and neighbours of floats."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Notation, Tensor, TensorLike, as_tensor, bool_
from chainrule.ops.arithmetic import abs, negative
from chainrule.ops.converting import as_floats
from chainrule.ops.elementary import identity
from chainrule.ops.elementwise import elementwise
from chainrule.ops.predicates import isnan
from chainrule.ops.scalars import call, negative_bit
from chainrule.ops.where import where

signbit = elementwise(
    "signbit",
    np.signbit,
    lowering=negative_bit,
    vjp=(None,),
    domains=((-2.0, 2.0),),
    result=bool_,
    notation=Notation("signbit({})"),
    says="decides: its output is true or false, and no gradient passes",
    branch=np.signbit,
)

nextafter = elementwise(
    "nextafter",
    np.nextafter,
    lowering=call("nextafter"),
    vjp=(lambda g, y, x, to: g, None),
    domains=((-2.0, 2.0), (-2.0, 2.0)),
    notation=Notation("nextafter({}, {})"),
    says="steps: the first input receives the upstream gradient unchanged, the second nothing",
)


def copysign(x: TensorLike, sign: TensorLike) -> Tensor:
    """Return |x| with the sign of `sign`, element by element; the sign of -0.0 and NaN counts.

    x, sign  tensors, arrays or numbers that broadcast; integers become float64

    x receives the upstream gradient times ±1, and nothing where it is 0; `sign` receives nothing.
    """
    x, sign = as_floats(x, sign)
    size = abs(x)
    return where(signbit(sign), negative(size), size)


def positive(x: TensorLike) -> Tensor:
    """Return +x: a number unchanged."""
    return identity(as_tensor(x))


def real(x: TensorLike) -> Tensor:
    """Return the real part: `x` itself, since tensors are real."""
    return identity(as_tensor(x))


def conj(x: TensorLike) -> Tensor:
    """Return the complex conjugate: `x` itself, since tensors are real."""
    return identity(as_tensor(x))


def imag(x: TensorLike) -> Tensor:
    """Return the imaginary part: zeros in the shape and dtype of `x`, since tensors are real."""
    x = as_tensor(x)
    return as_tensor(np.zeros(x.shape, x.dtype))


def heaviside(x: TensorLike, at_zero: TensorLike) -> Tensor:
    """Return 0 where x < 0, 1 where x > 0, `at_zero` where x is 0, and NaN for NaN.

    x, at_zero  tensors, arrays or numbers that broadcast; integers become float64

    No gradient passes to `x`.
    """
    x, at_zero = as_floats(x, at_zero)
    step = where(isnan(x), x, (x > 0).astype(x.dtype))
    return where(x == 0, at_zero, step)
