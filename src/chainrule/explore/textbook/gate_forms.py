"""Textbook forms of the backward of single gates that compute it from kept parts instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from chainrule.explore.textbook.activations import ACTIVATIONS
from chainrule.graph import Tensor, made_for, rebuild, tracing
from chainrule.ops import OWN_BACKWARD, exp

_FORMS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "log_softmax": lambda g, y, x: g - exp(y) * g.sum(-1, keepdims=True),
    "logsumexp": lambda g, y, x: g * exp(x - y),
    "sigmoid": lambda g, y, x: g * ACTIVATIONS["sigmoid"].slope(y, x, None),
    "tanh": lambda g, y, x: g * ACTIVATIONS["tanh"].slope(y, x, None),
}
_KEPT = {"layer_norm": {"scale": "(1/σ_{})"}}


def as_in_textbooks(
    expression: Tensor,
    edges: Iterable[tuple[Tensor, int]],
    upstream: Mapping[Tensor, Tensor],
    downstream: Mapping[tuple[Tensor, int], Tensor],
) -> Tensor:
    """Return a gradient in which the terms of `edges` have their textbook form, if they have one.

    The value is the same up to rounding.
    """
    written = {
        downstream[node, position]: _form(node, upstream[node])
        for node, position in edges
        if (node, position) in downstream and has_form(node)
    }
    fits = {
        old: new for old, new in written.items() if (old.shape, old.dtype) == (new.shape, new.dtype)
    }
    return rebuild([expression], fits)[expression] if fits else expression


def has_form(node: Tensor) -> bool:
    """Say whether the backward of a gate has a textbook form here."""
    return node.kind in _FORMS


def kept_names(nodes: Iterable[Tensor], names: Mapping[Tensor, str]) -> dict[Tensor, str]:
    """Return the textbook names of the parts that `nodes` keep for their backward.

    names  the names of the operands of the gates
    """
    found: dict[Tensor, str] = {}
    for node in nodes:
        if node.primitive is OWN_BACKWARD and node.kind in _KEPT:
            kept = node.attributes["kept"]
            of = names.get(node.inputs[1], "x")
            parts = zip(kept, node.inputs[len(node.inputs) - len(kept) :], strict=True)
            found |= {part: _KEPT[node.kind][name].format(of) for name, part in parts}
    return found


def _form(node: Tensor, upstream: Tensor) -> Tensor:
    with tracing(), made_for(node.origin):
        return _FORMS[node.kind](upstream, node, _operand(node))


def _operand(node: Tensor) -> Tensor:
    """Return the operand of a gate; a gate with its own backward has its result as first input."""
    return node.inputs[1 if node.primitive is OWN_BACKWARD else 0]
