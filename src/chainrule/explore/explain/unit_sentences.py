"""Formulas of units, sentences about what they do to the gradient, and why none arrives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from chainrule.explore.gate import Gate
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.number_text import figure
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Tensor, is_float
from chainrule.ops import OWN_BACKWARD

_MOST_KINDS = 6


def formulas(record: Record, unit: Unit) -> tuple[str, ...]:
    """Return the formula of a unit; for a gate of scalars also the formula in numbers."""
    if unit.scope is not None:
        return (f"{unit.title}({', '.join(record.names[each] for each in unit.operands)})",)
    written = FormulaWriter(record.names).define(unit.result)
    inputs = unit.result.inputs
    if any(each.shape != () for each in inputs):
        return (written,)
    numbers = {each: figure(record.values[each]) for each in inputs}
    return tuple(dict.fromkeys([written, FormulaWriter(numbers).define(unit.result)]))


def sentence(record: Record, unit: Unit) -> str:
    """Return what a unit does to the gradient; for a folded call without a sentence, its gates."""
    if unit.scope is None:
        return Gate(record, unit.result).says
    if unit.says is not None:
        return unit.says
    if len(unit.nodes) == 1:
        return Gate(record, unit.result).says
    return holding(Counter(node.kind for node in unit.nodes))


def holding(kinds: Counter[str]) -> str:
    """Return the sentence about a folded call that counts its gates by kind."""
    count = sum(kinds.values())
    shown = [kind if n == 1 else f"{n} {kind}" for kind, n in list(kinds.items())[:_MOST_KINDS]]
    more = count - sum(list(kinds.values())[:_MOST_KINDS])
    rest = f" and {more} more" if more else ""
    return f"holds {count} gates: {', '.join(shown)}{rest}"


def sent_around(record: Record) -> dict[int, str]:
    """Return, by the serial of each call, the first gate in it that has its own backward."""
    found: dict[int, str] = {}
    for gate in record.gates:
        if gate.primitive is OWN_BACKWARD:
            for scope in gate.origin.scope:
                found.setdefault(scope.serial, gate.kind)
    return found


def why_none(node: Tensor, around: Mapping[int, str]) -> str:
    """Return the reason why no gradient arrives at a node."""
    if not is_float(node.dtype):
        return f"{node.dtype} values have no gradient"
    for scope in node.origin.scope:
        if scope.serial in around:
            return f"the backward of {around[scope.serial]} bypasses its operations"
    return "no differentiable path leads from here to the output"
