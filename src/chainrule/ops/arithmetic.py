"""Arithmetic primitives, element by element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainrule.graph import Array, Constant, Notation, Tensor
from chainrule.graph.lowering import Function, Partly
from chainrule.ops.comparing import equal
from chainrule.ops.division import divide_down, remain
from chainrule.ops.elementary import log
from chainrule.ops.elementwise import Domain, Elementwise, elementwise
from chainrule.ops.scalars import (
    absolute,
    binary,
    has_scalar_power,
    invert,
    negate,
    power,
    quotient,
    shift,
    signum,
    whole,
)
from chainrule.ops.where import where

_ANY = (-2.0, 2.0)

add = elementwise(
    "add",
    np.add,
    lowering=binary("fadd", "add"),
    accepts="number",
    vjp=(lambda g, y, a, b: g, lambda g, y, a, b: g),
    domains=(_ANY, _ANY),
    notation=Notation("{} + {}", 1),
    says="distributes: every input receives the upstream gradient unchanged",
)

subtract = elementwise(
    "subtract",
    np.subtract,
    lowering=binary("fsub", "sub"),
    accepts="number",
    vjp=(lambda g, y, a, b: g, lambda g, y, a, b: -g),
    domains=(_ANY, _ANY),
    notation=Notation("{} - {}", 1),
    says="distributes: the first input receives the upstream gradient, the second its negative",
)

multiply = elementwise(
    "multiply",
    np.multiply,
    lowering=binary("fmul", "mul"),
    accepts="number",
    vjp=(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    domains=(_ANY, _ANY),
    notation=Notation("{} ∘ {}", 2),
    says="switches: each input receives the upstream gradient times the other input",
)

divide = elementwise(
    "divide",
    np.divide,
    lowering=quotient,
    vjp=(lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    domains=(_ANY, (0.5, 2.0)),
    notation=Notation("{} / {}", 2),
    says=lambda gate: (
        f"scales: {gate.names[0]} receives upstream / {gate.names[1]}, "
        f"{gate.names[1]} receives -upstream times output / {gate.names[1]}"
    ),
)


def _power(base: Array, exponent: Array) -> Array:
    """Return C99's pow; NumPy differs for the bases -inf and -0 with the exponent 0.5."""
    y, root = np.asarray(np.power(base, exponent)), np.equal(exponent, 0.5)
    if not root.any():
        return y
    return np.where(root & (np.isinf(base) | (base == 0)), np.absolute(base), y)


def _base_rule(g: Tensor, y: Tensor, base: Tensor, exponent: Tensor) -> Tensor:
    """Return g · e · b^(e - 1); for e = 0 the slope is 0, also where b is 0 or NaN."""
    if not (isinstance(exponent, Constant) and bool(np.all(exponent.read() != 0))):
        base = where(equal(exponent, 0) & ~(abs(base) > 0), 1, base)
    return g * (exponent * base ** (exponent - 1))


def _exponent_rule(g: Tensor, y: Tensor, base: Tensor, exponent: Tensor) -> Tensor:
    """Return g · y · log b; where b is 0 the slope is 0."""
    zero = equal(base, 0)
    return g * (where(zero, 0, y) * log(where(zero, 1, base)))


pow = elementwise(
    "pow",
    _power,
    lowering=Partly(has_scalar_power, power, "integer power"),
    accepts="number",
    vjp=(_base_rule, _exponent_rule),
    domains=((0.5, 2.0), _ANY),
    notation=Notation("{}^{}", 3),
    says=lambda gate: (
        f"scales: {gate.names[0]} receives upstream times "
        f"{gate.names[1]} · {gate.names[0]}^({gate.names[1]} - 1)"
    ),
)

negative = elementwise(
    "negative",
    np.negative,
    lowering=negate,
    accepts="number",
    vjp=(lambda g, y, x: -g,),
    domains=(_ANY,),
    notation=Notation("-{}", 2),
    says="flips the sign of the upstream gradient",
)

reciprocal = elementwise(
    "reciprocal",
    np.reciprocal,
    lowering=invert,
    vjp=(lambda g, y, x: -g * (y * y),),
    domains=((0.5, 2.0),),
    notation=Notation("1 / {}", 2),
    says="scales by minus the square of its own output",
)

abs = elementwise(
    "abs",
    np.absolute,
    lowering=absolute,
    accepts="number",
    vjp=(lambda g, y, x: g * sign(x),),
    domains=((0.5, 2.0),),
    notation=Notation("|{}|"),
    says=lambda gate: (
        f"passes or flips: {int(np.sum(gate.arguments[0] < 0))} of {gate.value.size} elements are "
        "negative and receive the negated gradient; at exactly 0 nothing passes"
    ),
    branch=np.sign,
)

sign: Elementwise = elementwise(
    "sign",
    np.sign,
    lowering=signum,
    accepts="number",
    vjp=(None,),
    domains=((0.5, 2.0),),
    notation=Notation("sign({})"),
    says="is piecewise constant: no gradient passes",
    branch=np.sign,
)


def _floor_divide(a: Array, b: Array) -> Array:
    """Return the quotient rounded down; with an infinity it is a / b, as in the Array API."""
    y = np.asarray(np.floor_divide(a, b))
    infinite = np.isinf(a) | np.isinf(b)
    return np.where(infinite, np.divide(a, b), y) if infinite.any() else y


floor_divide = elementwise(
    "floor_divide",
    _floor_divide,
    lowering=divide_down,
    accepts="number",
    vjp=(None, None),
    domains=((2.2, 2.8), (0.9, 1.0)),
    notation=Notation("{} // {}", 2),
    says="is piecewise constant: no gradient passes",
    branch=np.floor_divide,
)

remainder = elementwise(
    "remainder",
    np.remainder,
    lowering=remain,
    accepts="number",
    vjp=(lambda g, y, a, b: g, lambda g, y, a, b: -g * (a // b)),
    domains=((2.2, 2.6), (0.9, 1.0)),
    notation=Notation("{} mod {}", 2),
    says="passes the upstream gradient to the dividend; the divisor receives it times -quotient",
    branch=np.floor_divide,
)


def _to_even(x: Array) -> Array:
    return np.rint(x) if x.dtype.kind == "f" else x.view()


def _whole(
    name: str, numpy: Callable[[Array], Array], lowering: Function, domain: Domain, written: str
) -> Elementwise:
    """Declare a rounding function; integers and bools are returned unchanged."""
    return elementwise(
        name,
        numpy,
        lowering=whole(lowering),
        accepts="any",
        vjp=(None,),
        domains=(domain,),
        notation=Notation(written),
        says="is piecewise constant: no gradient passes",
        branch=numpy,
    )


floor = _whole("floor", np.floor, "llvm.floor", (0.2, 0.8), "⌊{}⌋")
ceil = _whole("ceil", np.ceil, "llvm.ceil", (0.2, 0.8), "⌈{}⌉")
trunc = _whole("trunc", np.trunc, "llvm.trunc", (0.2, 0.8), "trunc({})")
round = _whole("round", _to_even, "llvm.rint", (-0.4, 0.4), "round({})")

bitwise_right_shift = elementwise(
    "bitwise_right_shift",
    np.right_shift,
    lowering=shift,
    accepts="integer",
    vjp=(None, None),
    domains=((-100, 100), (0, 5)),
    dtypes=("int64", "int64"),
    notation=Notation("{} >> {}", 2),
    says="works on integers: no gradient passes",
)
