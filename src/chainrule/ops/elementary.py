"""Elementary functions, element by element."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Notation, Tensor
from chainrule.ops.elementwise import Elementwise, elementwise
from chainrule.ops.error_functions import complement, error_function
from chainrule.ops.gates import gate
from chainrule.ops.scalars import call

exp = elementwise(
    "exp",
    np.exp,
    lowering=call("exp"),
    vjp=(lambda g, y, x: g * y,),
    domains=((-2.0, 2.0),),
    notation=Notation("exp({})"),
    says="scales by its own output",
)

expm1 = elementwise(
    "expm1",
    np.expm1,
    lowering=call("expm1"),
    vjp=(lambda g, y, x: g * exp(x),),
    domains=((-2.0, 2.0),),
    notation=Notation("expm1({})"),
    says="scales by exp of its input",
)

log = elementwise(
    "log",
    np.log,
    lowering=call("log"),
    vjp=(lambda g, y, x: g / x,),
    domains=((0.5, 3.0),),
    notation=Notation("log({})"),
    says="scales by 1 / input: small inputs receive large gradients",
)

log1p = elementwise(
    "log1p",
    np.log1p,
    lowering=call("log1p"),
    vjp=(lambda g, y, x: g / (x + 1),),
    domains=((-0.5, 2.0),),
    notation=Notation("log1p({})"),
    says="scales by 1 / (1 + input)",
)

sqrt = elementwise(
    "sqrt",
    np.sqrt,
    lowering=call("llvm.sqrt"),
    vjp=(lambda g, y, x: g * 0.5 / y,),
    domains=((0.5, 3.0),),
    notation=Notation("sqrt({})"),
    says="scales by 1 / (2 · output): without bound as the input approaches 0",
)

sin = elementwise(
    "sin",
    np.sin,
    lowering=call("sin"),
    vjp=(lambda g, y, x: g * cos(x),),
    domains=((-2.0, 2.0),),
    notation=Notation("sin({})"),
    says="scales by the cosine of its input",
)

cos: Elementwise = elementwise(
    "cos",
    np.cos,
    lowering=call("cos"),
    vjp=(lambda g, y, x: -g * sin(x),),
    domains=((-2.0, 2.0),),
    notation=Notation("cos({})"),
    says="scales by minus the sine of its input",
)


@gate(says="scales by -2 tanh(input) times its own output")
def _squared_secant(x: Tensor) -> Tensor:
    """1 - tanh(x)² with all its digits: 4 t / (1 + t)², t = exp(-2|x|)."""
    powers = exp(abs(x) * -2)
    total = powers + 1
    return powers * 4 / (total * total)


@_squared_secant.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream * (output * tanh(x)) * -2


_squared_secant.name = "sech²"

tanh: Elementwise = elementwise(
    "tanh",
    np.tanh,
    lowering=call("tanh"),
    vjp=(lambda g, y, x: g * _squared_secant(x),),
    domains=((-2.0, 2.0),),
    notation=Notation("tanh({})"),
    says=lambda gate: (
        "scales by 1 - output², at most 1: "
        f"{int(np.sum(np.abs(gate.value) > 0.95))} of {gate.value.size} elements are saturated "
        "(|output| > 0.95) and pass less than a tenth"
    ),
)


erf = elementwise(
    "erf",
    error_function,
    lowering=call("erf"),
    vjp=(lambda g, y, x: g * (2 / math.sqrt(math.pi)) * exp(-x * x),),
    domains=((-2.0, 2.0),),
    notation=Notation("erf({})"),
    says="scales by 2/sqrt(π) · exp(-input²)",
)

erfc = elementwise(
    "erfc",
    complement,
    lowering=call("erfc"),
    vjp=(lambda g, y, x: g * (-2 / math.sqrt(math.pi)) * exp(-x * x),),
    domains=((-2.0, 2.0),),
    notation=Notation("erfc({})"),
    says="scales by -2/sqrt(π) · exp(-input²)",
)

identity = elementwise(
    "identity",
    lambda x: x.view(),
    lowering="pass through",
    accepts="any",
    vjp=(lambda g, y, x: g,),
    domains=((-2.0, 2.0),),
    notation=Notation("{}", 9),
    says="passes the upstream gradient unchanged",
)

stop_gradient = elementwise(
    "stop_gradient",
    lambda x: x.view(),
    lowering="pass through",
    accepts="any",
    vjp=(None,),
    domains=((-2.0, 2.0),),
    notation=Notation("stop({})"),
    says="blocks the gradient, as stop_gradient asks",
    detaches=True,
)
