"""Operations on the bits of integers; on bools they are the logical ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Notation
from chainrule.graph.lowering import Scalar
from chainrule.ops.elementwise import Elementwise, elementwise
from chainrule.ops.scalars import binary, invert_bits, shift_left


def _of_bits(
    name: str, numpy: Callable[..., Any], lowering: Scalar, written: str, arity: int = 2
) -> Elementwise:
    return elementwise(
        name,
        numpy,
        lowering=lowering,
        accepts="integer or bool",
        vjp=(None,) * arity,
        domains=((-100, 100),) * arity,
        dtypes=("int64",) * arity,
        notation=Notation(written, 0),
        says="works on bits: no gradient passes",
    )


bitwise_and = _of_bits("bitwise_and", np.bitwise_and, binary("", "and"), "{} & {}")
bitwise_or = _of_bits("bitwise_or", np.bitwise_or, binary("", "or"), "{} | {}")
bitwise_xor = _of_bits("bitwise_xor", np.bitwise_xor, binary("", "xor"), "{} ⊕ {}")
bitwise_invert = _of_bits("bitwise_invert", np.bitwise_invert, invert_bits, "~{}", arity=1)

bitwise_left_shift = elementwise(
    "bitwise_left_shift",
    np.left_shift,
    lowering=shift_left,
    accepts="integer",
    vjp=(None, None),
    domains=((-100, 100), (0, 5)),
    dtypes=("int64", "int64"),
    notation=Notation("{} << {}", 2),
    says="works on integers: no gradient passes",
)
