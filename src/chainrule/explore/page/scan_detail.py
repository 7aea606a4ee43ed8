"""What the page says of a scan: the formulas of one step, and the parts of its flat result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, product
from string import ascii_lowercase
from typing import Any

from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.page import markup
from chainrule.explore.page.formula_parser import mark, mathml
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit, fold
from chainrule.graph import Body, Constant, Tensor

_PRIME, _LOWERED = "′", "₀₁₂₃₄₅₆₇₈₉"


def scan_detail(record: Record, scan: Tensor) -> dict[str, Any] | None:
    """Return the steps, formulas and fields of a scan; None for other gates.

    steps    the number of steps
    reverse  whether it runs from the last step to the first
    lines    the formulas of one step as MathML: states at its end have a prime
    fields   the parts of the flat result: name, first element, shape with an axis of steps
    """
    if scan.primitive is None or scan.primitive.name != "scan":
        return None
    body, length = scan.attributes["body"], int(scan.attributes["length"])
    writer = _StepWriter(record, scan, body)
    return {
        "steps": length,
        "reverse": bool(scan.attributes["reverse"]),
        "lines": list(writer.lines()),
        "fields": [
            {"name": name, "start": each.start, "shape": list(each.shape)}
            for name, each in zip(_result_names(body), body.fields(length), strict=True)
        ],
    }


class _StepWriter:
    """Writes the formulas of one step of a scan."""

    def __init__(self, record: Record, scan: Tensor, body: Body) -> None:
        around = {each.serial for each in scan.origin.scope}
        self._units = fold(body.gates, lambda scope: scope.serial not in around)
        self._body = body
        self._names = _names(record, scan, body, self._units)
        self._numbers = {node: number for number, node in enumerate(self._names)}
        self._of_number = list(self._names.values())
        self._marks = {node: mark(number) for node, number in self._numbers.items()}

    def lines(self) -> Iterator[str]:
        """Give the formula of every gate or call of a step, then results that are not gates."""
        for unit in self._units:
            yield self._line(self._names[unit.result], self._formula(unit))
        written = {self._names[unit.result] for unit in self._units}
        for name, node in zip(_end_names(self._body), self._body.results, strict=True):
            if name not in written:
                yield self._line(name, self._mathml(self._marks.get(node, "0")))

    def _formula(self, unit: Unit) -> str:
        if unit.scope is None:
            return self._mathml(FormulaWriter(self._marks).define(unit.result))
        operands = ", ".join(self._marks.get(each, "") for each in unit.operands)
        return self._mathml(f"{unit.scope.label}({operands})")

    def _mathml(self, formula: str) -> str:
        return mathml(formula, self._of_number.__getitem__)

    def _line(self, name: str, formula: str) -> str:
        return markup.math([markup.identifier(name), markup.operator("="), formula])


def _names(record: Record, scan: Tensor, body: Body, units: Sequence[Unit]) -> dict[Tensor, str]:
    """Return the names of the nodes of a step: of placeholders, results, then letters."""
    captured = scan.inputs[len(body.states) + len(body.inputs) :]
    names = dict(zip(body.states, _counted("state", len(body.states)), strict=True))
    names |= dict(zip(body.inputs, _counted("x", len(body.inputs)), strict=True))
    names |= {
        inner: record.names[outer] for inner, outer in zip(body.captured, captured, strict=True)
    }
    for name, node in zip(_end_names(body), body.results, strict=True):
        names.setdefault(node, name)
    letters = (each for each in _letters() if each not in set(names.values()))
    results = [unit.result for unit in units]
    for node in (*results, *body.order):
        if node not in names and not (isinstance(node, Constant) and node.size == 1):
            names[node] = next(letters)
    return names


def _result_names(body: Body) -> list[str]:
    """Return the names of the fields: the states, then the outputs."""
    return [*_counted("state", len(body.states)), *_counted("output", len(body.outputs))]


def _end_names(body: Body) -> list[str]:
    """Return the names of the results of a step: states with a prime, then outputs."""
    ends = [f"{each}{_PRIME}" for each in _counted("state", len(body.states))]
    return [*ends, *_counted("output", len(body.outputs))]


def _counted(name: str, number: int) -> list[str]:
    """Return `name`, or numbered names if there are several."""
    if number == 1:
        return [name]
    return [f"{name}{''.join(_LOWERED[int(d)] for d in str(i + 1))}" for i in range(number)]


def _letters() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))
