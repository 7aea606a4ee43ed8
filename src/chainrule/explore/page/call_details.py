"""What the page says of folded calls: a sentence, and the equation with the operands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chainrule.explore.explain.unit_sentences import sentence
from chainrule.explore.page import markup
from chainrule.explore.page.call_rows import CallRows
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Tensor

_MOST_OPERANDS = 6


def call_details(record: Record, calls: CallRows) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give pairs of the number of a call and what is said of it, the outer calls first."""
    for number, nodes in enumerate(_nodes_of(record, calls)):
        if number and nodes:
            yield number, _detail(record, calls, number, nodes)


def _nodes_of(record: Record, calls: CallRows) -> list[list[Tensor]]:
    """Return the gates of every call, with those of the calls inside."""
    found: list[list[Tensor]] = [[] for _ in calls.rows]
    for node in record.gates:
        number = calls.of[node]
        while number > 0:
            found[number].append(node)
            number = calls.rows[number].parent
    return found


def _detail(
    record: Record, calls: CallRows, number: int, nodes: Sequence[Tensor]
) -> dict[str, Any]:
    inside = set(nodes)
    edges = tuple(
        (node, i)
        for node in nodes
        for i, each in enumerate(node.inputs)
        if each not in inside and not _is_inside(calls, calls.of[each], number)
    )
    row = calls.rows[number]
    unit = Unit(calls.scopes[number][-1], tuple(nodes), edges, row.label.endswith(" backward"))
    return {"says": f"{row.title} {sentence(record, unit)}", "equation": _equation(record, unit)}


def _is_inside(calls: CallRows, inner: int, outer: int) -> bool:
    while inner > outer:
        inner = calls.rows[inner].parent
    return inner == outer


def _equation(record: Record, unit: Unit) -> str:
    """Return the name of the result and the call with the names of its operands."""
    names = [markup.identifier(record.names[each]) for each in unit.inputs[:_MOST_OPERANDS]]
    if len(unit.inputs) > _MOST_OPERANDS:
        names.append(markup.operator("…"))
    listed = [part for each in names for part in (markup.operator(","), each)][1:]
    result = markup.identifier(record.names[unit.result])
    called = [markup.text(unit.title), markup.operator("("), *listed, markup.operator(")")]
    return markup.math([result, markup.operator("="), *called])
