"""Rewrite: replace gates by rules. Every rule has a name, and every use of a rule is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import is_
from typing import Any

from chainrule.compile.gates.lowerings import attributes_of, template_of
from chainrule.compile.gates.matrix_products import is_transpose, lead_of
from chainrule.compile.rewrite.added_rows import added_apart
from chainrule.compile.rewrite.constant_results import (
    COMPARISONS,
    compared_with_itself,
    held,
    repeated,
)
from chainrule.compile.rewrite.folded_windows import (
    extreme_of_windows,
    gradient_to_winners,
    product_by_grouped_windows,
    product_by_windows,
    product_summed_by_windows,
    windows_in_a_product,
)
from chainrule.compile.rewrite.image_gradients import part_of_a_gradient, product_added_up
from chainrule.compile.rewrite.long_products import long_product, product_of_long_vectors
from chainrule.compile.rewrite.sunk_slices import slice_through, sunk_gates
from chainrule.compile.rewrite.unread_outputs import UnreadOutputs
from chainrule.compile.rewrite.whole_reductions import position_in_rows, reduction_of_rows
from chainrule.compile.trace import TracedGraph, with_sources
from chainrule.graph import (
    Body,
    Constant,
    Tensor,
    made_for,
    topological_order,
)
from chainrule.ops import broadcast_to, matmul, pow


@dataclass(frozen=True)
class Rule:
    """A rewrite rule.

    gates       the primitives or templates of the gates it applies to
    simplified  returns the replacement of a gate, of the same shape and dtype; None if it does not
                apply
    alone       whether the gate must be the only reader of its input, which would otherwise be
                computed twice
    """

    gates: tuple[str, ...]
    simplified: Callable[[Tensor], Tensor | None]
    alone: bool = False


@dataclass(frozen=True)
class Firing:
    """One use of a rule: the name of the rule, and the gate that it replaced."""

    rule: str
    gate: Tensor


def _pass_through(node: Tensor) -> Tensor | None:
    """identity(x), stop_gradient(x), a gate's own result -> x: gradients are taken before."""
    return node.inputs[0]


def _same_dtype(node: Tensor) -> Tensor | None:
    """astype(x, dtype of x) -> x."""
    return node.inputs[0] if node.dtype == node.inputs[0].dtype else None


def _double_transpose(node: Tensor) -> Tensor | None:
    """permute(permute(x)) -> x if the second permutation is the inverse of the first."""
    (inner,) = node.inputs
    if _name(inner) != "permute_dims":
        return None
    axes, first = node.attributes["axes"], inner.attributes["axes"]
    restored = tuple(first[axis] for axis in axes) == tuple(range(node.ndim))
    return inner.inputs[0] if restored else None


def _transposed_product(node: Tensor) -> Tensor | None:
    """(A B)ᵀ -> Bᵀ Aᵀ for matrices, or stacks of them: BLAS reads transposed factors at no cost."""
    (inner,) = node.inputs
    if _name(inner) != "matmul" or not is_transpose(node):
        return None
    a, b = inner.inputs
    return _transposed(b) @ _transposed(a) if a.ndim == b.ndim == node.ndim else None


def _transposed(x: Tensor) -> Tensor:
    """Return the transpose of a matrix, or of those of a stack; of a transpose, its input."""
    return x.inputs[0] if is_transpose(x) else x.mT


def _spread_factors(node: Tensor) -> Tensor | None:
    """A B -> A' B', with leading axes repeated, so that the matrices are multiplied in pairs.

    A factor without leading axes is not repeated: every pair has the same matrix.
    """
    lead = lead_of(node)
    spread = [broadcast_to(x, (*lead, *x.shape[-2:])) if x.ndim > 2 else x for x in node.inputs]
    return matmul(*spread) if _differ(spread, node.inputs) else None


def _spread_powers(node: Tensor) -> Tensor | None:
    """a^b -> a'^b' for integers, both repeated to the shape of the result."""
    spread = [broadcast_to(each, node.shape) for each in node.inputs]
    return pow(*spread) if _differ(spread, node.inputs) else None


def _name(node: Tensor) -> str:
    """Return the name of the node's primitive, an empty string if it has none."""
    return node.primitive.name if node.primitive is not None else ""


def _differ(new: Sequence[Tensor], old: Sequence[Tensor]) -> bool:
    """Return whether some tensor was replaced."""
    return any(a is not b for a, b in zip(new, old, strict=True))


EQUAL, SUNK, UNREAD = "equal gates", "slice of a gate", "unread outputs"
"""What is no rule for one gate: shared gates, `sunk_slices.py` and `unread_outputs.py`."""

RULES: dict[str, Rule] = {
    "pass through": Rule(("pass through",), _pass_through),
    "same dtype": Rule(("astype",), _same_dtype),
    "double transpose": Rule(("permute_dims",), _double_transpose),
    "transposed product": Rule(("permute_dims",), _transposed_product, alone=True),
    "compared with itself": Rule(COMPARISONS, compared_with_itself),
    "spread powers": Rule(("integer power",), _spread_powers),
    "windows in a product": Rule(("matmul",), windows_in_a_product),
    "product by windows": Rule(("matmul",), product_by_windows),
    "product of long vectors": Rule(("matmul",), product_of_long_vectors),
    "long product": Rule(("matmul",), long_product),
    "spread factors": Rule(("matmul",), _spread_factors),
    "product by grouped windows": Rule(("sum",), product_by_grouped_windows),
    "product summed by windows": Rule(("sum",), product_summed_by_windows),
    "product added up": Rule(("add_windows",), product_added_up),
    "part of a gradient": Rule(("slice", "pad"), part_of_a_gradient, alone=True),
    "reduction of rows": Rule(("max", "min", "nanmax", "nanmin", "sum"), reduction_of_rows),
    "position in rows": Rule(("argmax", "argmin"), position_in_rows),
    "extreme of windows": Rule(("max", "min"), extreme_of_windows),
    "gradient to winners": Rule(("add_windows", "add_along_axis"), gradient_to_winners),
}


def rewrite(traced: TracedGraph) -> tuple[TracedGraph, list[Firing]]:
    """Return the graph after all rules, with equal gates shared, and the uses of rules."""
    rewriting = _Rewriting()
    made = rewriting.of(traced.order, traced.results)
    outputs = tuple(
        each if isinstance(each, Constant) else held(made[each]) for each in traced.outputs
    )
    updates = tuple(
        part
        for each in traced.updates
        for part in added_apart(with_sources(each, made.__getitem__))
    )
    return replace(traced, outputs=outputs, updates=updates), rewriting.fired


class _Rewriting:
    """One pass over a graph and the bodies of its scans; collects the uses of rules."""

    def __init__(self) -> None:
        self.fired: list[Firing] = []
        self._bodies: dict[Body, Body] = {}
        self._readers: Counter[Tensor] = Counter()
        self._sunk: frozenset[Tensor] = frozenset()
        self._unread = UnreadOutputs()

    def of(self, order: Sequence[Tensor], results: Sequence[Tensor]) -> dict[Tensor, Tensor]:
        """Return the replacement of every node in `order`: what the results need."""
        made: dict[Tensor, Tensor] = {}
        known: dict[Any, Tensor] = {}
        self._sunk |= sunk_gates(order, {*results})
        self._readers.update(each for node in order for each in node.inputs)
        self._readers.update(results)
        self._unread.note_readers(order, results)
        for node in order:
            made[node] = self._rewritten(node, made, known)
        return made

    def _rewritten(
        self, node: Tensor, made: dict[Tensor, Tensor], known: dict[Any, Tensor]
    ) -> Tensor:
        """Return the replacement of a node whose inputs are replaced already."""
        if node.primitive is None:
            return _shared(repeated(node), _constant_key(node), known)
        template = template_of(node)
        if template == "slice" and node.inputs[0] in self._sunk:
            self.fired.append(Firing(SUNK, node))
            with made_for(node.origin):
                return slice_through(node, self._sunk, made.__getitem__)
        inputs = tuple([made[each] for each in node.inputs])
        read = self._read_part(node) if template == "scan" else node
        new = _remade(read, inputs, self._attributes(read) if read.attributes else {})
        rules = _rules_at(node.primitive.name, template)
        simpler = self._simplified(node, new, rules) if rules else None
        if simpler is not None:
            return simpler
        key = (node.primitive, tuple(map(id, inputs)), attributes_of(new))
        shared = _shared(new, key, known)
        if shared is not new:
            self.fired.append(Firing(EQUAL, node))
        return shared

    def _read_part(self, node: Tensor) -> Tensor:
        """Return a scan without the last outputs that nothing reads."""
        with made_for(node.origin):
            shorter = self._unread.without(node)
        if shorter is None:
            return node
        self.fired.append(Firing(UNREAD, node))
        return shorter

    def _simplified(
        self, node: Tensor, new: Tensor, rules: tuple[tuple[str, Rule], ...]
    ) -> Tensor | None:
        """Return the replacement of a gate by the first rule that applies, None if none applies."""
        for name, rule in rules:
            if rule.alone and self._readers[node.inputs[0]] > 1:
                continue
            with made_for(node.origin):
                simpler = rule.simplified(new)
            if simpler is not None:
                self.fired.append(Firing(name, node))
                return simpler
        return None

    def _attributes(self, node: Tensor) -> dict[str, Any]:
        """Return the attributes of a gate, with the bodies among them rewritten."""
        if not any(isinstance(each, Body) for each in node.attributes.values()):
            return node.attributes
        made = {name: self._attribute(each) for name, each in node.attributes.items()}
        same = all(made[name] is each for name, each in node.attributes.items())
        return node.attributes if same else made

    def _attribute(self, value: Any) -> Any:
        """Return an attribute; a body once per pass, so that equal bodies stay equal."""
        if not isinstance(value, Body):
            return value
        if value not in self._bodies:
            made = self.of(topological_order(value.results), value.results)
            same = {each: each for each in value.placeholders}
            changed = any(made[each] is not each for each in value.results)
            self._bodies[value] = value.exchanged(same | made) if changed else value
        return self._bodies[value]


@cache
def _rules_at(name: str, template: str | None) -> tuple[tuple[str, Rule], ...]:
    """Return the rules for gates of this primitive or template, in order."""
    return tuple((title, rule) for title, rule in RULES.items() if {name, template} & {*rule.gates})


def _remade(node: Tensor, inputs: tuple[Tensor, ...], attributes: dict[str, Any]) -> Tensor:
    """Return the gate on other inputs; itself if they are its own."""
    is_same = attributes is node.attributes or not attributes
    if is_same and all(map(is_, inputs, node.inputs)):
        return node
    return node.with_inputs(inputs, attributes)


def _constant_key(leaf: Tensor) -> Any:
    """Return what equal constants have in common; a leaf that is no constant itself."""
    if isinstance(leaf, Constant) and leaf.size == 1:
        return ("constant", leaf.dtype, leaf.shape, leaf.read().tobytes())
    return leaf


def _shared(node: Tensor, key: Any, known: dict[Any, Tensor]) -> Tensor:
    """Return the first node with this key."""
    return known.setdefault(key, node)
