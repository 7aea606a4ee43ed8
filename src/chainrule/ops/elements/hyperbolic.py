"""Hyperbolic functions and their inverses; tanh is in `ops/elementary.py`."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Notation
from chainrule.ops.elementary import sqrt
from chainrule.ops.elements.magnitudes import hypot
from chainrule.ops.elementwise import Elementwise, elementwise
from chainrule.ops.scalars import call

sinh = elementwise(
    "sinh",
    np.sinh,
    lowering=call("sinh"),
    vjp=(lambda g, y, x: g * cosh(x),),
    domains=((-2.0, 2.0),),
    notation=Notation("sinh({})"),
    says="scales by the hyperbolic cosine of its input, at least 1",
)

cosh: Elementwise = elementwise(
    "cosh",
    np.cosh,
    lowering=call("cosh"),
    vjp=(lambda g, y, x: g * sinh(x),),
    domains=((-2.0, 2.0),),
    notation=Notation("cosh({})"),
    says="scales by the hyperbolic sine of its input",
)

asinh = elementwise(
    "asinh",
    np.arcsinh,
    lowering=call("asinh"),
    vjp=(lambda g, y, x: g / hypot(x, 1),),
    domains=((-2.0, 2.0),),
    notation=Notation("asinh({})"),
    says="scales by 1 / sqrt(1 + input²), at most 1",
)

acosh = elementwise(
    "acosh",
    np.arccosh,
    lowering=call("acosh"),
    vjp=(lambda g, y, x: g / (sqrt(x - 1) * sqrt(x + 1)),),
    domains=((1.2, 3.0),),
    notation=Notation("acosh({})"),
    says="scales by 1 / sqrt(input² - 1): without bound at 1",
)

atanh = elementwise(
    "atanh",
    np.arctanh,
    lowering=call("atanh"),
    vjp=(lambda g, y, x: g / ((1 - x) * (x + 1)),),
    domains=((-0.8, 0.8),),
    notation=Notation("atanh({})"),
    says="scales by 1 / (1 - input²), at least 1: without bound at -1 and 1",
)
