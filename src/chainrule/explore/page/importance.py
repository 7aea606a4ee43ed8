"""The order in which nodes are kept where a document cannot hold all their numbers."""

from __future__ import annotations

from chainrule.explore.page.call_rows import CallRows
from chainrule.explore.record import Record
from chainrule.graph import Tensor


def by_importance(record: Record, calls: CallRows) -> list[Tensor]:
    """Return all nodes: outputs, those seen when the page opens, those in fewer closed calls.

    The result of a closed call is seen with it.
    """
    closed, outputs = _closed_around(calls), set(record.outputs)
    results = set({calls.of[node]: node for node in record.gates}.values())

    def distance(node: Tensor) -> int:
        return -1 if node in outputs else max(closed[calls.of[node]] - (node in results), 0)

    return sorted(record.order, key=distance)


def _closed_around(calls: CallRows) -> list[int]:
    """Return the number of closed calls around the nodes of every call, itself included."""
    closed: list[int] = []
    for row in calls.rows:
        closed.append((closed[row.parent] if closed else 0) + (not row.open))
    return closed
