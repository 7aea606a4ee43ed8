"""The document of the explorer page: a graph, the numbers of one run, and what is said of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chainrule.compile.paused_collection import paused_collection
from chainrule.explore.page.call_details import call_details
from chainrule.explore.page.call_rows import CallRows, call_rows
from chainrule.explore.page.columns import node_columns
from chainrule.explore.page.costs import cost_columns
from chainrule.explore.page.details import details
from chainrule.explore.page.editing import editing_of
from chainrule.explore.page.numbers import run_numbers
from chainrule.explore.record import Record
from chainrule.explore.structure.opening import closed_unless
from chainrule.graph import Tensor

FORMAT, VERSION = "chainrule-explorer", 1
MOST_CHARACTERS = 10_000_000
_FRAME = 20_000
_SHARE_OF_DETAILS = 0.4
_MOST_DETAILS = 3_000


def graph_document(record: Record, server: bool = False, title: str = "") -> dict[str, Any]:
    """Return the document of a graph after a run forward and backward.

    server  whether a server recomputes the numbers after an edit
    title   the title of the page; the name of the output unless given

    The document has at most 10 million characters as JSON; what does not fit is left out, that of
    inner gates first, and `leftOut` says so.
    """
    with paused_collection():
        return _document(record, server, title)


def _document(record: Record, server: bool, title: str) -> dict[str, Any]:
    calls = call_rows(record.order, record.outputs, closed_unless(False, record.gates))
    columns, lists = node_columns(record, calls)
    costs, uncounted = cost_columns(record)
    important = _by_importance(record, calls)
    numbers = {node: number for number, node in enumerate(record.order)}
    frame: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "title": title or f"Graph of {record.names[record.outputs[0]]}",
        "objective": record.objective,
        "outputs": [numbers[each] for each in record.outputs],
        "nodes": {**columns, **costs},
        "calls": [each.to_dict() for each in calls.rows],
        **lists,
    }
    room = MOST_CHARACTERS - len(compact(frame)) - _FRAME
    explained = important[:_MOST_DETAILS]
    said, said_of, length = _within(details(record, explained), int(room * _SHARE_OF_DETAILS))
    of_calls, calls_said, more = _within(call_details(record, calls), int(room * 0.1))
    gates = frozenset(explained[:said_of])
    numbers = run_numbers(record, important, gates, room - length - more)
    silent = _silent(len(record.order) - said_of, len(record.order))
    frame |= {
        "numbers": numbers.content,
        "details": said,
        "callDetails": of_calls,
        "leftOut": [*numbers.left_out, *silent, *uncounted],
    }
    return frame | {"editing": editing_of(record, server)}


def compact(value: Any) -> str:
    """Return JSON without spaces; raises ValueError for a number that JSON does not have."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _within(
    pairs: Iterable[tuple[int, dict[str, Any]]], budget: int
) -> tuple[dict[int, dict[str, Any]], int, int]:
    """Return the first pairs that fit into `budget` characters, their number and length."""
    found: dict[int, dict[str, Any]] = {}
    length = 0
    for number, content in pairs:
        length += len(compact(content)) + 12
        if length > budget:
            break
        found[number] = content
    return found, len(found), length


def _by_importance(record: Record, calls: CallRows) -> list[Tensor]:
    """Return all nodes: those seen when the page opens first, then those in fewer closed calls."""
    closed = [0] * len(calls.rows)
    for number, row in enumerate(calls.rows):
        closed[number] = (closed[row.parent] if number else 0) + (not row.open)
    results = set(_results(record.gates, calls))
    return sorted(record.order, key=lambda node: max(closed[calls.of[node]] - (node in results), 0))


def _results(gates: Sequence[Tensor], calls: CallRows) -> Iterator[Tensor]:
    """Give the last gate of every call."""
    last = {calls.of[node]: node for node in gates}
    yield from last.values()


def _silent(count: int, nodes: int) -> list[str]:
    if not count:
        return []
    return [f"Formulas and sentences are given for {nodes - count:,} of {nodes:,} nodes."]
