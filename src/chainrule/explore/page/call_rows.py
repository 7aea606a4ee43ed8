"""The calls of modules and gates in the document, and the call that every node belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chainrule.explore.structure.call_tree import title_of
from chainrule.explore.structure.fold import is_data
from chainrule.graph import Constant, Parameter, Scope, Tensor, path_of


@dataclass(frozen=True)
class CallRow:
    """One call: its label, title and class, the number of the call around it, its path.

    open         whether the call is open when the page starts
    is_backward  whether its gates were made for the backward of the call, after it ended
    """

    label: str
    title: str
    kind: str
    parent: int
    path: str
    open: bool
    is_backward: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the row as the page reads it."""
        return {name: value for name, value in vars(self).items() if name != "is_backward"}


@dataclass(frozen=True, eq=False)
class CallRows:
    """All calls of a graph, the outer ones first; row 0 is the whole graph.

    scopes  the call and those around it, per row
    of      the number of the innermost call of every node
    """

    rows: list[CallRow]
    scopes: list[tuple[Scope, ...]]
    of: Mapping[Tensor, int]


_WHOLE = CallRow("graph", "the whole graph", "", -1, "", True)


def call_rows(
    order: Sequence[Tensor], outputs: Sequence[Tensor], closed: Callable[[Scope], bool]
) -> CallRows:
    """Return the calls of a graph.

    The gates of a row follow each other, so that folded rows have no cycle. Gates made after their
    call has ended, for its backward, have a row of their own. Leaves belong to the call that holds
    all their uses: constants that a call made for itself, and parameters of modules.
    """
    builder = _Builder(closed)
    for node in order:
        if node.primitive is not None:
            builder.of[node] = builder.enter(node.origin.scope)
    builder.place_leaves(order, set(outputs))
    return CallRows(builder.rows, builder.scopes, builder.of)


class _Builder:
    """Rows so far, and the calls that are under way while gates are visited in order."""

    def __init__(self, closed: Callable[[Scope], bool]) -> None:
        self.rows = [_WHOLE]
        self.scopes: list[tuple[Scope, ...]] = [()]
        self.of: dict[Tensor, int] = {}
        self._closed = closed
        self._entered: tuple[Scope, ...] = ()
        self._numbers = [0]
        self._ended: set[int] = set()

    def enter(self, scopes: tuple[Scope, ...]) -> int:
        """Return the row of the innermost call; calls that are left have ended."""
        if scopes is not self._entered:
            shared = _shared(scopes, self._entered)
            self._ended.update(each.serial for each in self._entered[shared:])
            del self._numbers[shared + 1 :]
            for depth in range(shared, len(scopes)):
                self._numbers.append(self._add(scopes[: depth + 1]))
            self._entered = scopes
        return self._numbers[-1]

    def _add(self, scopes: tuple[Scope, ...]) -> int:
        scope = scopes[-1]
        row = CallRow(
            label=scope.label,
            title=title_of(scopes),
            kind=scope.kind,
            parent=self._numbers[-1],
            path=path_of(scopes),
            open=not self._closed(scope),
        )
        if scope.serial in self._ended:
            row = replace(
                row,
                label=f"{row.label} backward",
                title=f"{row.title} backward",
                open=False,
                is_backward=True,
            )
        self.rows.append(row)
        self.scopes.append(scopes)
        return len(self.rows) - 1

    def place_leaves(self, order: Sequence[Tensor], outputs: set[Tensor]) -> None:
        """Give every leaf the call that holds all its uses and owns it."""
        holding: dict[Tensor, int] = {}
        for node in order:
            for each in node.inputs:
                if each.primitive is None:
                    holding[each] = self._common(holding.get(each), self.of[node])
        for node in order:
            if node.primitive is None:
                used_in = 0 if node in outputs else holding.get(node, 0)
                self.of[node] = self._owner(node, used_in)

    def _common(self, first: int | None, second: int) -> int:
        """Return the innermost call that holds both; inner calls have higher numbers."""
        if first is None:
            return second
        while first != second:
            if first > second:
                first = self.rows[first].parent
            else:
                second = self.rows[second].parent
        return first

    def _owner(self, leaf: Tensor, number: int) -> int:
        if isinstance(leaf, Parameter):
            while number and not self._owns(number, str(leaf.name)):
                number = self.rows[number].parent
            return number
        if isinstance(leaf, Constant):
            return max(self.rows[number].parent, 0) if is_data(leaf) else number
        return 0

    def _owns(self, number: int, name: str) -> bool:
        row = self.rows[number]
        return bool(row.kind) and (not row.path or name.startswith(f"{row.path}."))


def _shared(first: Sequence[Scope], second: Sequence[Scope]) -> int:
    """Return how many outer calls two places have in common."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one.serial != other.serial:
            break
        count += 1
    return count
