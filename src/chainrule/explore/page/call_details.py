"""What the page says of folded calls: a sentence, and the equation with the operands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chainrule.explore.explain.unit_sentences import holding
from chainrule.explore.gate import Gate
from chainrule.explore.page import markup
from chainrule.explore.page.call_rows import CallRows
from chainrule.explore.record import Record
from chainrule.graph import Parameter, Tensor

_MOST_OPERANDS = 6


def call_details(record: Record, calls: CallRows) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give pairs of the number of a call and what is said of it, the outer calls first."""
    contents = _contents(record, calls)
    alike = _only_parts(calls, contents)
    for number, nodes in enumerate(contents):
        if number:
            yield number, _Call(record, calls, number, nodes, alike).detail()


def _contents(record: Record, calls: CallRows) -> list[list[Tensor]]:
    """Return the gates of every call, with those of the calls inside."""
    found: list[list[Tensor]] = [[] for _ in calls.rows]
    for node in record.gates:
        number = calls.of[node]
        while number > 0:
            found[number].append(node)
            number = calls.rows[number].parent
    return found


def _only_parts(calls: CallRows, contents: list[list[Tensor]]) -> dict[int, int]:
    """Return the calls that consist of one other call, which has all their gates."""
    return {
        row.parent: number
        for number, row in enumerate(calls.rows)
        if number and len(contents[row.parent]) == len(contents[number])
    }


class _Call:
    """One folded call: its gates, its result, and what enters it."""

    def __init__(
        self,
        record: Record,
        calls: CallRows,
        number: int,
        nodes: list[Tensor],
        only_parts: dict[int, int],
    ) -> None:
        self._record, self._calls = record, calls
        self._number, self._nodes, self._only_parts = number, nodes, only_parts

    def detail(self) -> dict[str, Any]:
        """Return what the page says of the call."""
        title = self._calls.rows[self._number].title
        return {"says": f"{title} {self._says()}", "equation": self._equation(title)}

    def _says(self) -> str:
        """Return the sentence of the innermost call that has all the gates, or count them."""
        numbers = [self._number]
        while numbers[-1] in self._only_parts:
            numbers.append(self._only_parts[numbers[-1]])
        if not self._calls.rows[self._number].is_backward:
            for number in reversed(numbers):
                said = self._calls.scopes[number][-1].says
                if said:
                    return said
        if len(self._nodes) == 1:
            return Gate(self._record, self._nodes[0]).says
        return holding(Counter(node.kind for node in self._nodes))

    def _equation(self, title: str) -> str:
        """Return the name of the result and the call with the names of its operands."""
        operands = self._operands()
        names = [markup.identifier(self._record.names[each]) for each in operands[:_MOST_OPERANDS]]
        if len(operands) > _MOST_OPERANDS:
            names.append(markup.operator("…"))
        listed = [part for each in names for part in (markup.operator(","), each)][1:]
        result = markup.identifier(self._record.names[self._nodes[-1]])
        called = [markup.text(title), markup.operator("("), *listed, markup.operator(")")]
        return markup.math([result, markup.operator("="), *called])

    def _operands(self) -> list[Tensor]:
        """Return the nodes outside the call that it reads, each once, parameters last."""
        reads = dict.fromkeys(x for node in self._nodes for x in node.inputs)
        outside = [x for x in reads if not self._is_inside(self._calls.of[x])]
        return sorted(outside, key=lambda each: isinstance(each, Parameter))

    def _is_inside(self, number: int) -> bool:
        while number > self._number:
            number = self._calls.rows[number].parent
        return number == self._number
