"""The numbers of runs with edits: what no edit changed is not written again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.explore.page.call_rows import call_rows
from chainrule.explore.page.importance import by_importance
from chainrule.explore.page.numbers import run_numbers
from chainrule.explore.page.tensor_data import tensor_data
from chainrule.explore.record import Record
from chainrule.explore.structure.opening import closed_unless
from chainrule.graph import Array

_MOST_BYTES = 9_000_000


class LiveNumbers:
    """Writes the numbers of a recorded run, and of the same graph with edits.

    explained  the numbers of the nodes whose local gradients are written
    """

    def __init__(self, record: Record, explained: Mapping[int, Any]) -> None:
        calls = call_rows(record.order, record.outputs, closed_unless(False, record.gates))
        self._important = by_importance(record, calls)
        self._explained = [record.order[number] for number in explained]
        self._kept = {id(each) for each in _arrays(record)}  # the record keeps them in memory
        self._rows: dict[tuple[int, int], dict[str, Any]] = {}

    def of(self, record: Record) -> dict[str, Any]:
        """Return the numbers of a run."""
        found = run_numbers(record, self._important, self._explained, _MOST_BYTES, self._row)
        return found.content

    def _row(self, array: Array, most: int) -> dict[str, Any]:
        """Return the row of an array; that of one of the recorded run is written once."""
        key = id(array), most
        row = self._rows.get(key)
        if row is None:
            row = tensor_data(array, most)
            if id(array) in self._kept:
                self._rows[key] = row
        return row


def _arrays(record: Record) -> list[Array]:
    return [*record.values.values(), *record.upstream.values(), *record.downstream.values()]
