"""Rewrite: the same results from fewer gates; every rule has a name, every firing is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any

from chainrule.compile.declared import template_of
from chainrule.compile.products import lead_of
from chainrule.compile.trace import Traced, exchanged
from chainrule.compile.windows_folded import (
    extreme_of_windows,
    gradient_to_winners,
    product_added_up,
    product_by_windows,
    product_summed_by_windows,
    windows_in_a_product,
)
from chainrule.graph import Body, Constant, Tensor, apply, made_for, topological_order
from chainrule.ops import broadcast_to, matmul, pow

Rule = Callable[[Tensor], Tensor | None]


@dataclass(frozen=True)
class Firing:
    """One use of a rule: its name, and the gate that it replaced."""

    rule: str
    gate: Tensor


def _pass_through(node: Tensor) -> Tensor | None:
    """identity(x), stop_gradient(x), a gate's own result -> x: gradients are taken already."""
    return node.inputs[0] if template_of(node) == "pass through" else None


def _same_dtype(node: Tensor) -> Tensor | None:
    """astype(x, dtype of x) -> x."""
    is_cast = node.primitive is not None and node.primitive.name == "astype"
    return node.inputs[0] if is_cast and node.dtype == node.inputs[0].dtype else None


def _double_transpose(node: Tensor) -> Tensor | None:
    """permute(permute(x)) -> x where the second undoes the first."""
    inner = node.inputs[0] if node.inputs else node
    names = [each.primitive.name if each.primitive else "" for each in (node, inner)]
    if names != ["permute_dims", "permute_dims"]:
        return None
    axes, first = node.attributes["axes"], inner.attributes["axes"]
    restored = tuple(first[axis] for axis in axes) == tuple(range(node.ndim))
    return inner.inputs[0] if restored else None


def _transposed_product(node: Tensor) -> Tensor | None:
    """(A B)ᵀ -> Bᵀ Aᵀ, for matrices: BLAS reads transposed factors at no cost."""
    inner = node.inputs[0] if node.inputs else node
    names = [each.primitive.name if each.primitive else "" for each in (node, inner)]
    if names != ["permute_dims", "matmul"] or node.attributes["axes"] != (1, 0):
        return None
    a, b = inner.inputs
    return _turned(b) @ _turned(a) if a.ndim == b.ndim == 2 else None


def _turned(x: Tensor) -> Tensor:
    is_turned = x.primitive is not None and x.primitive.name == "permute_dims" and x.ndim == 2
    return x.inputs[0] if is_turned and x.attributes["axes"] == (1, 0) else x.T


def _spread_factors(node: Tensor) -> Tensor | None:
    """A B -> A' B', leading axes repeated: the matrices that are multiplied stand in pairs.

    An operand that has no leading axes stays as it is: the same matrix is in every pair.
    """
    if _name(node) != "matmul":
        return None
    lead = lead_of(node)
    spread = [broadcast_to(x, (*lead, *x.shape[-2:])) if x.ndim > 2 else x for x in node.inputs]
    return matmul(*spread) if _differ(spread, node.inputs) else None


def _spread_powers(node: Tensor) -> Tensor | None:
    """a^b -> a'^b' for integers, both repeated to the shape of the result, unless b is known."""
    if template_of(node) != "integer power":
        return None
    spread = [broadcast_to(each, node.shape) for each in node.inputs]
    return pow(*spread) if _differ(spread, node.inputs) else None


def _name(node: Tensor) -> str:
    return node.primitive.name if node.primitive is not None else ""


def _differ(new: Sequence[Tensor], old: Sequence[Tensor]) -> bool:
    return any(a is not b for a, b in zip(new, old, strict=True))


RULES: dict[str, Rule] = {
    "pass through": _pass_through,
    "same dtype": _same_dtype,
    "double transpose": _double_transpose,
    "transposed product": _transposed_product,
    "spread factors": _spread_factors,
    "spread powers": _spread_powers,
    "windows in a product": windows_in_a_product,
    "product by windows": product_by_windows,
    "product summed by windows": product_summed_by_windows,
    "product added up": product_added_up,
    "extreme of windows": extreme_of_windows,
    "gradient to winners": gradient_to_winners,
}


def rewrite(traced: Traced) -> tuple[Traced, list[Firing]]:
    """Return the traced graph with all rules applied and equal gates shared; and what fired."""
    rewriting = _Rewriting()
    made = rewriting.of(traced.results)
    outputs = tuple(made[each] for each in traced.outputs)
    updates = tuple(exchanged(each, made.__getitem__) for each in traced.updates)
    return Traced(traced.inputs, outputs, traced.single, updates), rewriting.fired


class _Rewriting:
    """One pass over a graph, and over the bodies of its loops: what fired, and equal gates."""

    def __init__(self) -> None:
        self.fired: list[Firing] = []
        self._bodies: dict[Body, Body] = {}

    def of(self, results: Sequence[Tensor]) -> dict[Tensor, Tensor]:
        """Return, for every node that the results need, the node that stands for it."""
        made: dict[Tensor, Tensor] = {}
        known: dict[Any, Tensor] = {}
        for node in topological_order(results):
            made[node] = self._rewritten(node, made, known)
        return made

    def _rewritten(
        self, node: Tensor, made: dict[Tensor, Tensor], known: dict[Any, Tensor]
    ) -> Tensor:
        if node.primitive is None:
            return _shared(node, _constant_key(node), known)
        inputs = tuple(made[each] for each in node.inputs)
        attributes = {name: self._attribute(each) for name, each in node.attributes.items()}
        new = _remade(node, inputs, attributes)
        with made_for(node.origin):
            simplified = ((name, rule(new)) for name, rule in RULES.items())
            name, simpler = next((each for each in simplified if each[1] is not None), ("", None))
        if simpler is not None:
            self.fired.append(Firing(name, node))
            return simpler
        ordered = tuple(sorted(attributes.items(), key=lambda item: item[0]))
        shared = _shared(new, (node.primitive, tuple(map(id, inputs)), ordered), known)
        if shared is not new:
            self.fired.append(Firing("equal gates", node))
        return shared

    def _attribute(self, value: Any) -> Any:
        """Return an attribute, the body of a loop rewritten."""
        if not isinstance(value, Body):
            return value
        if value not in self._bodies:
            made = self.of(value.results)
            same = {each: each for each in value.placeholders}
            self._bodies[value] = value.exchanged(same | made)
        return self._bodies[value]


def _remade(node: Tensor, inputs: tuple[Tensor, ...], attributes: dict[str, Any]) -> Tensor:
    """Return the same gate on other inputs; itself if they are its own."""
    same = all(map(is_, inputs, node.inputs))
    if same and all(map(is_, attributes.values(), node.attributes.values())):
        return node
    assert node.primitive is not None
    with made_for(node.origin):
        new = apply(node.primitive, *inputs, **attributes)
    new.name = node.name
    return new


def _constant_key(leaf: Tensor) -> Any:
    if isinstance(leaf, Constant) and leaf.size == 1:
        return ("constant", leaf.dtype, leaf.shape, leaf.read().tobytes())
    return leaf


def _shared(node: Tensor, key: Any, known: dict[Any, Tensor]) -> Tensor:
    return known.setdefault(key, node)
