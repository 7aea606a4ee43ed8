"""Comparisons and logical operations; results are bool and have no gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Notation, bool_
from chainrule.graph.lowering import Scalar
from chainrule.graph.primitive import Accepts
from chainrule.ops.elementwise import Elementwise, elementwise
from chainrule.ops.scalars import compare, deny, logic


def _deciding(
    name: str,
    numpy: Callable[..., Any],
    lowering: Scalar,
    written: str,
    accepts: Accepts = "any",
    arity: int = 2,
) -> Elementwise:
    return elementwise(
        name,
        numpy,
        lowering=lowering,
        accepts=accepts,
        vjp=(None,) * arity,
        domains=((-2.0, 2.0),) * arity,
        dtypes=("bool",) * arity if accepts == "bool" else None,
        result=bool_,
        notation=Notation(written, 0),
        says="decides: its output is true or false, and no gradient passes",
        branch=numpy,
    )


equal = _deciding("equal", np.equal, compare("oeq", "eq"), "{} = {}")
not_equal = _deciding("not_equal", np.not_equal, compare("une", "ne"), "{} ≠ {}")
less = _deciding("less", np.less, compare("olt", "slt"), "{} < {}")
less_equal = _deciding("less_equal", np.less_equal, compare("ole", "sle"), "{} ≤ {}")
greater = _deciding("greater", np.greater, compare("ogt", "sgt"), "{} > {}")
greater_equal = _deciding("greater_equal", np.greater_equal, compare("oge", "sge"), "{} ≥ {}")
logical_and = _deciding("logical_and", np.logical_and, logic("and"), "{} ∧ {}", "bool")
logical_or = _deciding("logical_or", np.logical_or, logic("or"), "{} ∨ {}", "bool")
logical_xor = _deciding("logical_xor", np.logical_xor, logic("xor"), "{} ⊕ {}", "bool")
logical_not = _deciding("logical_not", np.logical_not, deny, "¬{}", "bool", arity=1)
