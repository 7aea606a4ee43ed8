"""Bitwise primitives on integers and bools; results have no gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Notation
from chainrule.graph.lowering import Scalar, Writer
from chainrule.graph.node import Node
from chainrule.graph.primitive import Accepts
from chainrule.ops.elementwise import Domain, Elementwise, elementwise
from chainrule.ops.scalars import binary, shift, shift_left, type_of

_ANY = (-100, 100)


def _of_bits(
    name: str,
    numpy: Callable[..., Any],
    lowering: Scalar,
    notation: Notation,
    domains: tuple[Domain, ...] = (_ANY, _ANY),
    accepts: Accepts = "integer or bool",
) -> Elementwise:
    """Declare a primitive on the bits of integers; of bools it is the logical operation."""
    return elementwise(
        name,
        numpy,
        lowering=lowering,
        accepts=accepts,
        vjp=(None,) * len(domains),
        domains=domains,
        dtypes=("int64",) * len(domains),
        notation=notation,
        says="works on integers: no gradient passes",
    )


def _invert(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the complement of every bit; of a bool, the negation."""
    ones = 1 if node.dtype.kind == "b" else -1
    return writer.put(f"xor {type_of(node.dtype)} {x[0]}, {ones}")


bitwise_and = _of_bits("bitwise_and", np.bitwise_and, binary("", "and"), Notation("{} & {}", 0))
bitwise_or = _of_bits("bitwise_or", np.bitwise_or, binary("", "or"), Notation("{} | {}", 0))
bitwise_xor = _of_bits("bitwise_xor", np.bitwise_xor, binary("", "xor"), Notation("{} ⊕ {}", 0))
bitwise_invert = _of_bits("bitwise_invert", np.invert, _invert, Notation("~{}", 3), (_ANY,))
bitwise_left_shift = _of_bits(
    "bitwise_left_shift",
    np.left_shift,
    shift_left,
    Notation("{} << {}", 2),
    (_ANY, (0, 5)),
    "integer",
)
bitwise_right_shift = _of_bits(
    "bitwise_right_shift",
    np.right_shift,
    shift,
    Notation("{} >> {}", 2),
    (_ANY, (0, 5)),
    "integer",
)
