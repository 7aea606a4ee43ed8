"""Explanations: what every gate does to the gradient, in words, with the numbers of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chainrule.explore.explain.explanation_data import (
    ExplanationData,
    LeafGradient,
    Paragraph,
    SentGradient,
)
from chainrule.explore.explain.receipts import Receipt, receipts
from chainrule.explore.explain.routing import routed
from chainrule.explore.explain.sent_formulas import product_in_numbers, sent_formula
from chainrule.explore.explain.unit_sentences import formulas, sent_around, sentence, why_none
from chainrule.explore.record import Record
from chainrule.explore.structure.call_tree import title_of
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Array, Constant, Tensor, is_float

Arrivals = Mapping[Tensor, Sequence[Array]]


def explain(record: Record, units: Sequence[Unit]) -> ExplanationData:
    """Return a paragraph per unit, in topological order, and the gradients of the leaves."""
    arrivals, around = arriving(record, units), sent_around(record)
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
        formulas=formulas(record, unit),
        value=record.values[result],
        says=sentence(record, unit),
        routed=routed(record, unit),
        upstream=record.upstream.get(result),
        why_none="" if reached else why_none(result, around),
        arriving=tuple(arrivals.get(result, ())),
        sent=tuple(_sent(record, unit)),
        place=str(result.origin),
        receipt=cost,
    )


def _sent(record: Record, unit: Unit) -> Iterator[SentGradient]:
    if unit.result not in record.upstream:
        return
    for node, edges in unit.wires:
        share = record.sent(edges)
        if share is not None:
            formula = sent_formula(record, unit, edges)
            product = None if formula == "upstream" else product_in_numbers(record, unit, edges)
            written = formula and [formula, *([product] if product else [])]
            yield SentGradient(record.names[node], tuple(written or ()), share)


def _has_gradient(leaf: Tensor) -> bool:
    return is_float(leaf.dtype) and not isinstance(leaf, Constant)


def _leaf(record: Record, leaf: Tensor, arrivals: Arrivals) -> LeafGradient:
    found = record.upstream.get(leaf)
    shares = () if found is None else tuple(arrivals.get(leaf, ()))
    return LeafGradient(record.names[leaf], record.objective, found, shares)
