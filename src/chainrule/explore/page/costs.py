"""The cost of every gate in the document, as the receipts of an explanation count it."""

from __future__ import annotations

from chainrule.explore.explain.receipts import receipts
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import fold

_MOST_GATES = 10_000
COLUMNS = ("flop", "bytes", "backwardFlop", "backwardBytes")


def cost_columns(record: Record) -> tuple[dict[str, list[int]], list[str]]:
    """Return the columns of costs, or empty ones and a sentence if the graph is too large."""
    gates = record.gates
    if len(gates) > _MOST_GATES:
        return {each: [] for each in COLUMNS}, [
            f"The cost of gates is counted in graphs of at most {_MOST_GATES:,} gates; this one "
            f"has {len(gates):,}."
        ]
    units = fold(gates, lambda scope: False)
    *costs, _ = receipts(record, units)
    found = {unit.result: cost for unit, cost in zip(units, costs, strict=True)}
    rows = [found.get(node) for node in record.order]
    return {
        "flop": [each.forward.flops if each else 0 for each in rows],
        "bytes": [each.forward.bytes if each else 0 for each in rows],
        "backwardFlop": [each.backward.flops if each else 0 for each in rows],
        "backwardBytes": [each.backward.bytes if each else 0 for each in rows],
    }, []
