"""Explanations: what every gate does to the gradient, in words, with the numbers of one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from chainrule.explore.explain.explanation_data import (
    ExplanationData,
    LeafGradient,
    Paragraph,
    SentGradient,
)
from chainrule.explore.explain.receipts import Receipt, receipts
from chainrule.explore.explain.routing import routed
from chainrule.explore.gate import Gate
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.number_text import figure
from chainrule.explore.record import Record
from chainrule.explore.structure.call_tree import title_of
from chainrule.explore.structure.fold import Unit
from chainrule.explore.textbook.gate_forms import as_in_textbooks, kept_names
from chainrule.graph import Array, Constant, Tensor, is_float
from chainrule.ops import OWN_BACKWARD

_LONGEST = 60
_MOST_SYMBOLS = 30
_UNREADABLE = (")[...]", "permute(", "scan(")
_MOST_KINDS = 6
Arrivals = Mapping[Tensor, Sequence[Array]]


def explain(record: Record, units: Sequence[Unit]) -> ExplanationData:
    """Return a paragraph per unit, in topological order, and the gradients of the leaves."""
    arrivals, around = arriving(record, units), _sent_around(record)
    *costs, rest = receipts(record, units)
    pairs = zip(units, costs, strict=True)
    return ExplanationData(
        record.objective,
        tuple(_paragraph(record, unit, arrivals, around, cost) for unit, cost in pairs),
        tuple(_leaf(record, each, arrivals) for each in record.leaves if _has_gradient(each)),
        rest,
    )


def arriving(record: Record, units: Sequence[Unit]) -> Arrivals:
    """Return, per node, the gradients that its users send to it; their sum is its gradient."""
    found: dict[Tensor, list[Array]] = {each: [seed] for each, seed in record.seeds.items()}
    for unit in units:
        for node, edges in unit.wires:
            share = record.sent(edges)
            if share is not None:
                found.setdefault(node, []).append(share)
    return found


def _paragraph(
    record: Record, unit: Unit, arrivals: Arrivals, around: Mapping[int, str], cost: Receipt
) -> Paragraph:
    result = unit.result
    reached = result in record.upstream
    return Paragraph(
        name=record.names[result],
        title=unit.title,
        group=title_of(unit.around) if unit.around else "",
        path=unit.path,
        kind=result.kind if unit.scope is None else unit.scope.kind or unit.scope.label,
        gates=tuple(node.kind for node in unit.nodes),
        inputs=tuple(record.names[each] for each in unit.operands),
        formulas=_formulas(record, unit),
        value=record.values[result],
        says=_says(record, unit),
        routed=routed(record, unit),
        upstream=record.upstream.get(result),
        why_none="" if reached else _why_none(result, around),
        arriving=tuple(arrivals.get(result, ())),
        sent=tuple(_sent(record, unit)),
        place=str(result.origin),
        receipt=cost,
    )


def _formulas(record: Record, unit: Unit) -> tuple[str, ...]:
    """Return the formula of a unit; for a gate of scalars also the formula in numbers."""
    if unit.scope is not None:
        return (f"{unit.title}({', '.join(record.names[each] for each in unit.operands)})",)
    written = FormulaWriter(record.names).define(unit.result)
    inputs = unit.result.inputs
    if any(each.shape != () for each in inputs):
        return (written,)
    numbers = {each: figure(record.values[each]) for each in inputs}
    return tuple(dict.fromkeys([written, FormulaWriter(numbers).define(unit.result)]))


def _says(record: Record, unit: Unit) -> str:
    if unit.scope is None:
        return Gate(record, unit.result).says
    if unit.says is not None:
        return unit.says
    if len(unit.nodes) == 1:
        return Gate(record, unit.result).says
    kinds = Counter(node.kind for node in unit.nodes)
    shown = [kind if n == 1 else f"{n} {kind}" for kind, n in list(kinds.items())[:_MOST_KINDS]]
    more = len(unit.nodes) - sum(list(kinds.values())[:_MOST_KINDS])
    rest = f" and {more} more" if more else ""
    return f"holds {len(unit.nodes)} gates: {', '.join(shown)}{rest}"


def _sent_around(record: Record) -> dict[int, str]:
    """Return, by the serial of each call, the first gate in it that has its own backward."""
    found: dict[int, str] = {}
    for gate in record.gates:
        if gate.primitive is OWN_BACKWARD:
            for scope in gate.origin.scope:
                found.setdefault(scope.serial, gate.kind)
    return found


def _why_none(node: Tensor, around: Mapping[int, str]) -> str:
    if not is_float(node.dtype):
        return f"{node.dtype} values have no gradient"
    for scope in node.origin.scope:
        if scope.serial in around:
            return f"the backward of {around[scope.serial]} bypasses its operations"
    return "no differentiable path leads from here to the output"


def _sent(record: Record, unit: Unit) -> Iterator[SentGradient]:
    if unit.result not in record.upstream:
        return
    for node, edges in unit.wires:
        share = record.sent(edges)
        if share is not None:
            formula = _sent_formula(record, unit, edges)
            product = None if formula == "upstream" else _product(record, unit, edges)
            written = formula and [formula, *([product] if product else [])]
            yield SentGradient(record.names[node], tuple(written or ()), share)


def _sent_formula(record: Record, unit: Unit, edges: Sequence[tuple[Tensor, int]]) -> str | None:
    """Return the formula of the downstream gradient in terms of upstream; None if it is long."""
    assert record.backward is not None
    sweep = record.backward.sweep
    inner = frozenset(unit.nodes[:-1])
    names = _Names(record.names, inner, {})
    upstream = sweep.upstream[unit.result]
    kept = {k: v for k, v in kept_names(unit.nodes, names).items() if k not in names}
    writer = FormulaWriter(_Names(record.names, inner, {**kept, upstream: "upstream"}))
    sending = [
        as_in_textbooks(sweep.downstream[each], [each], sweep.upstream, sweep.downstream)
        for each in edges
        if each in sweep.downstream
    ]
    if not all(each is upstream or writer.has_at_most(_MOST_SYMBOLS, each) for each in sending):
        return None
    formula = " + ".join(writer.write(each) for each in sending)
    hides = unit.scope is not None and any(each in formula for each in _UNREADABLE)
    return None if hides or len(formula) > _LONGEST else formula


class _Names(Mapping[Tensor, str]):
    """A view of the names of a graph, without the nodes inside a unit and with names of its own."""

    def __init__(
        self, names: Mapping[Tensor, str], inner: Collection[Tensor], own: Mapping[Tensor, str]
    ) -> None:
        self._names, self._inner, self._own = names, inner, own

    def __getitem__(self, node: Tensor) -> str:
        if node in self._own:
            return self._own[node]
        if node in self._inner:
            raise KeyError(node)
        return self._names[node]

    def __iter__(self) -> Iterator[Tensor]:
        outside = (node for node in self._names if node not in self._inner)
        return iter(dict.fromkeys((*self._own, *outside)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _product(record: Record, unit: Unit, edges: Sequence[tuple[Tensor, int]]) -> str | None:
    """Return upstream x local in numbers for an edge of a scalar gate; None for other edges."""
    (node, position), *more = edges
    is_scalar = node.size == 1 and node.inputs[position].size == 1
    if more or unit.scope is not None or not is_scalar:
        return None
    local = Gate(record, node).local[position]
    if not isinstance(local, np.ndarray):
        return None
    return f"{figure(record.upstream[node])} × {figure(local)}"


def _has_gradient(leaf: Tensor) -> bool:
    return is_float(leaf.dtype) and not isinstance(leaf, Constant)


def _leaf(record: Record, leaf: Tensor, arrivals: Arrivals) -> LeafGradient:
    found = record.upstream.get(leaf)
    shares = () if found is None else tuple(arrivals.get(leaf, ()))
    return LeafGradient(record.names[leaf], record.objective, found, shares)
