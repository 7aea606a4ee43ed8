"""Primitives outside the table: users never apply them, and the sweep never meets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.graph.lowering import Template
from chainrule.graph.primitive import Example, Notation, Operand, Primitive


def inner_primitive(
    lowering: Template,
    infer: Callable[..., Any],
    numpy: Callable[..., Any],
    *,
    family: Any,
    says: str,
    vmap: Any = None,
) -> Primitive:
    """Return a primitive outside the table, named as its template, that has no derivative."""
    name = lowering.replace(" ", "_")
    return Primitive(
        name=name,
        family=family,
        accepts="any",
        promotes=(),
        infer=infer,
        numpy=numpy,
        lowering=lowering,
        vjp=lambda *_, **__: (),
        jvp="linear",
        jacobian="none",
        notation=lambda *inputs, **_: Notation(f"{name}({', '.join(['{}'] * len(inputs))})"),
        says=says,
        branch=None,
        examples=(Example((Operand(()),)),),
        vmap=vmap,
    )
