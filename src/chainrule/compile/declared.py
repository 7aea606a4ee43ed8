"""Declared: what the primitive of a gate says about its native code."""

from __future__ import annotations

from chainrule.graph import Tensor
from chainrule.graph.lowering import Partly, Scalar, Template


def scalar_of(node: Tensor) -> Scalar | None:
    """Return what writes one element of `node`, None if it is not made element by element."""
    lowering = None if node.primitive is None else node.primitive.lowering
    if isinstance(lowering, Partly):
        return lowering.scalar if lowering.covers(node) else None
    return None if isinstance(lowering, str) else lowering


def template_of(node: Tensor) -> Template | None:
    """Return the template that `node` is an instance of, None if there is none."""
    lowering = None if node.primitive is None else node.primitive.lowering
    if isinstance(lowering, Partly):
        return None if lowering.covers(node) else lowering.otherwise
    return lowering if isinstance(lowering, str) else None
