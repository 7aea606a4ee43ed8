"""The document of the explorer page: a graph, the numbers of one run, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chainrule.compile.paused_collection import paused_collection
from chainrule.explore.page.call_details import call_details
from chainrule.explore.page.call_rows import CallRows, call_rows
from chainrule.explore.page.columns import node_columns
from chainrule.explore.page.costs import cost_columns
from chainrule.explore.page.details import details
from chainrule.explore.page.editing import editing_of
from chainrule.explore.page.importance import by_importance
from chainrule.explore.page.json_text import length
from chainrule.explore.page.numbers import run_numbers
from chainrule.explore.record import Record
from chainrule.explore.structure.opening import closed_unless

FORMAT, VERSION = "chainrule-explorer", 1
MOST_BYTES = 10_000_000
"""The largest size of a page with its document."""

_RESERVED = 400_000  # bytes of the page itself
_SHARE_OF_DETAILS, _SHARE_OF_CALLS = 0.25, 0.1
_MOST_DETAILS = 3_000

Content = dict[str, Any]


def graph_document(
    record: Record, server: bool = False, title: str = "", most: int = MOST_BYTES
) -> Content:
    """Return the document of a graph after a run forward and backward.

    server  whether a server computes the numbers after an edit
    title   the title of the page; the names of the outputs unless given
    most    the largest size of a page of this document, in bytes

    What does not fit is left out, that of inner gates first, and `leftOut` says so.
    """
    with paused_collection():
        calls = call_rows(record.order, record.outputs, closed_unless(False, record.gates))
        frame, uncounted = _frame(record, calls, title)
        size = length(frame)
        content, left_out, whole = _within(record, calls, most - _RESERVED - size)
        too_large = _too_large(size, len(record.order)) if size > most - _RESERVED else []
        said = [*too_large, *left_out, *uncounted]
        editing = editing_of(record, server, whole)
        return {**frame, **content, "leftOut": said, "editing": editing}


def _frame(record: Record, calls: CallRows, title: str) -> tuple[Content, list[str]]:
    """Return the structure, which is never left out, and why costs are not counted."""
    columns, lists = node_columns(record, calls)
    costs, uncounted = cost_columns(record)
    numbers = {node: number for number, node in enumerate(record.order)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": title or f"Graph of {', '.join(record.names[each] for each in record.outputs)}",
        "objective": record.objective,
        "outputs": [numbers[each] for each in record.outputs],
        "nodes": {**columns, **costs},
        "calls": [each.to_dict() for each in calls.rows],
        **lists,
    }, uncounted


def _within(record: Record, calls: CallRows, room: int) -> tuple[Content, list[str], int]:
    """Return what is said and the numbers, as many as fit into `room` bytes.

    Also returned: what had to be left out, and `Numbers.whole`.
    """
    important = by_importance(record, calls)
    explained = important[:_MOST_DETAILS]
    said, used = _first(details(record, explained), int(room * _SHARE_OF_DETAILS))
    of_calls, more = _first(call_details(record, calls), int(room * _SHARE_OF_CALLS))
    numbers = run_numbers(record, important, explained[: len(said)], room - used - more)
    content = {"numbers": numbers.content, "details": said, "callDetails": of_calls}
    left_out = [*numbers.left_out, *_silent(len(said), important)]
    return content, left_out, numbers.whole


def _first(pairs: Iterable[tuple[int, Content]], room: int) -> tuple[dict[int, Content], int]:
    """Return the first pairs that fit into `room` bytes, and their size."""
    found: dict[int, Content] = {}
    used = 0
    for number, content in pairs:
        size = length(content) + len(f'"{number}":,')
        if used + size > room:
            break
        found[number] = content
        used += size
    return found, used


def _silent(count: int, nodes: Sequence[Any]) -> list[str]:
    if count == len(nodes):
        return []
    return [f"Formulas and sentences are given for {count:,} of {len(nodes):,} nodes."]


def _too_large(size: int, nodes: int) -> list[str]:
    return [
        f"The structure of {nodes:,} nodes alone takes {size / 1e6:.1f} MB, so that a page cannot "
        "hold numbers too. Explore a part of the graph, such as one layer."
    ]
