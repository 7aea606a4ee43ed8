"""Counts of what the gates inside a folded call routed where, in one run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import dropwhile

import numpy as np

from chainrule.explore.gate import Gate
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Array, Tensor

_MOST_PLACES = 9
_MOST_SENTENCES = 3


def routed(record: Record, unit: Unit) -> tuple[str, ...]:
    """Return a sentence per gate that routes the gradient, with counts, for gates that receive one.

    A single gate whose own sentence says the same is left out.
    """
    descriptions = _BESIDE_A_SENTENCE if unit.scope is None else _DESCRIPTIONS
    sentences = list(
        dict.fromkeys(
            _named(unit, node, descriptions[node.kind](Gate(record, node)))
            for node in unit.nodes
            if node.kind in descriptions and node in record.upstream
        )
    )
    more = len(sentences) - _MOST_SENTENCES
    rest = [f"and {more} more gates inside it route gradients"] if more > 0 else []
    return (*sentences[:_MOST_SENTENCES], *rest)


def _named(unit: Unit, node: Tensor, sentence: str) -> str:
    """Return a sentence about a gate, with the module inside the unit that the gate is in."""
    below = dropwhile(lambda each: each.serial != _serial(unit), node.origin.scope)
    modules = [each.label for each in list(below)[1:] if each.kind]
    return f"{'.'.join(modules)} {sentence}" if modules else sentence


def _serial(unit: Unit) -> int | None:
    return None if unit.scope is None else unit.scope.serial


def _passed(gate: Gate, won: Array, sides: tuple[int, int]) -> str:
    """Return how many elements went to each operand, or passed if only one takes a gradient."""
    first, second = (gate.downstream[each] is not None for each in sides)
    count, size = int(np.broadcast_to(won, gate.shape).sum()), math.prod(gate.shape)
    if first and second:
        return f"routed {count:,} of {size:,} elements to the left, {size - count:,} to the right"
    return f"passed {count if first else size - count:,} of {size:,} elements"


def _maximum(gate: Gate) -> str:
    return _passed(gate, np.greater(*gate.arguments), (0, 1))


def _minimum(gate: Gate) -> str:
    return _passed(gate, np.less(*gate.arguments), (0, 1))


def _where(gate: Gate) -> str:
    return _passed(gate, gate.arguments[0], (1, 2))


def _winners(gate: Gate) -> str:
    """Return how many elements won, at which places of their windows, and the number of ties."""
    x, axes = gate.arguments[0], gate.attributes["axis"]
    extents = tuple(x.shape[axis] for axis in axes)
    candidates = np.moveaxis(x, axes, range(-len(axes), 0))
    candidates = candidates.reshape(-1, math.prod(extents))
    best = candidates.max(axis=1) if gate.kind == "max" else candidates.min(axis=1)
    winners = candidates == best[:, None]
    ties = int((winners.sum(axis=1) > 1).sum())
    text = f"sent to {_counted(len(best), 'winner')} among {_counted(x.size, 'candidate')}"
    if candidates.shape[1] <= _MOST_PLACES:
        wins = np.bincount(winners.argmax(axis=1), minlength=candidates.shape[1])
        text += f", by place {_grid(wins.reshape(extents))}"
    return text + (f"; {_counted(ties, 'tie')} went to the first" if ties else "")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _grid(counts: Array) -> str:
    if counts.ndim <= 1:
        return "[" + " ".join(f"{each:,}" for each in counts.reshape(-1)) + "]"
    return "[" + " ".join(_grid(each) for each in counts) + "]"


def _rows(gate: Gate) -> str:
    x, ids = gate.arguments
    taken, times = np.unique(ids, return_counts=True)
    rows = x.shape[gate.attributes["axis"]]
    text = f"used {len(taken):,} of {rows:,} rows in {_counted(ids.size, 'lookup')}"
    return text + (f", one row {times.max():,} times" if len(taken) < ids.size else "")


def _picked(gate: Gate) -> str:
    return f"picked {math.prod(gate.shape):,} of {gate.arguments[0].size:,} elements"


_DESCRIPTIONS: Mapping[str, Callable[[Gate], str]] = {
    "maximum": _maximum,
    "minimum": _minimum,
    "where": _where,
    "max": _winners,
    "min": _winners,
    "take": _rows,
    "take_along_axis": _picked,
    **dict.fromkeys(("scan", "checkpoint", "cond", "while_loop"), lambda gate: gate.says),
}
_BESIDE_A_SENTENCE = {kind: _DESCRIPTIONS[kind] for kind in ("max", "min", "take")}
