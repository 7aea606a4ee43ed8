"""What the primitive of a gate declares about its native code."""

from __future__ import annotations

from collections.abc import Hashable

from chainrule.graph import Tensor
from chainrule.graph.lowering import Partly, Scalar, Template


def scalar_of(node: Tensor) -> Scalar | None:
    """Return the function that writes one element of `node`, None if it is not elementwise."""
    if node.primitive is None:
        return None
    lowering = node.primitive.lowering
    if isinstance(lowering, Partly):
        return lowering.scalar if lowering.covers(node) else None
    return None if isinstance(lowering, str) else lowering


def template_of(node: Tensor) -> Template | None:
    """Return the template of `node`, None if it has none."""
    if node.primitive is None:
        return None
    lowering = node.primitive.lowering
    if isinstance(lowering, str):
        return lowering
    if isinstance(lowering, Partly) and not lowering.covers(node):
        return lowering.otherwise
    return None


def attributes_of(node: Tensor) -> tuple[tuple[str, Hashable], ...]:
    """Return the attributes of `node` as a key; floats by their digits, since 0.0 equals -0.0."""
    attributes = node.attributes
    if not attributes:
        return ()
    return tuple(
        (name, repr(attributes[name]) if isinstance(attributes[name], float) else attributes[name])
        for name in sorted(attributes)
    )
