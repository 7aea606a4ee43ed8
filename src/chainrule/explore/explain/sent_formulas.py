"""Formulas of the gradients that a unit sends, in terms of the upstream gradient."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from chainrule.explore.gate import Gate
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.number_text import figure
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.explore.textbook.gate_forms import as_in_textbooks, kept_names
from chainrule.graph import Tensor

_LONGEST = 60
_MOST_SYMBOLS = 30
_UNREADABLE = (")[...]", "permute(", "scan(")


def sent_formula(
    record: Record,
    unit: Unit,
    edges: Sequence[tuple[Tensor, int]],
    named: Mapping[Tensor, str] | None = None,
) -> str | None:
    """Return the formula of the downstream gradient in terms of upstream; None if it is long.

    named  what stands for every node of the graph; its name unless given
    """
    assert record.backward is not None
    sweep = record.backward.sweep
    inner = frozenset(unit.nodes[:-1])
    named = record.names if named is None else named
    names = _Names(named, inner, {})
    upstream = sweep.upstream[unit.result]
    kept = {k: v for k, v in kept_names(unit.nodes, names).items() if k not in names}
    writer = FormulaWriter(_Names(named, inner, {**kept, upstream: "upstream"}))
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


def product_in_numbers(
    record: Record, unit: Unit, edges: Sequence[tuple[Tensor, int]]
) -> str | None:
    """Return upstream x local in numbers for an edge of a scalar gate; None for other edges."""
    (node, position), *more = edges
    is_scalar = node.size == 1 and node.inputs[position].size == 1
    if more or unit.scope is not None or not is_scalar:
        return None
    local = Gate(record, node).local[position]
    if not isinstance(local, np.ndarray):
        return None
    return f"{figure(record.upstream[node])} × {figure(local)}"
