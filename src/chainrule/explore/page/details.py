"""What the page says of single nodes: formulas as MathML, sentences, what is sent to each input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chainrule.explore.explain.routing import routed
from chainrule.explore.explain.sent_formulas import product_in_numbers, sent_formula
from chainrule.explore.explain.unit_sentences import sent_around, why_none
from chainrule.explore.gate import Gate
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.number_text import figure
from chainrule.explore.page import markup
from chainrule.explore.page.formula_parser import mark, mathml
from chainrule.explore.page.scan_detail import scan_detail
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Constant, Tensor

Detail = dict[str, Any]


def details_of(record: Record) -> dict[int, Detail]:
    """Return what is said of every node, by its number in the order of the record."""
    return dict(details(record, record.order))


def details(record: Record, nodes: Iterable[Tensor]) -> Iterator[tuple[int, Detail]]:
    """Give pairs of number and detail of some nodes, in their order."""
    writer = _Details(record)
    for node in nodes:
        yield writer.numbers[node], writer.of(node)


class _Details:
    """Writes details of the nodes of one run."""

    def __init__(self, record: Record) -> None:
        self.numbers = {node: number for number, node in enumerate(record.order)}
        self._record = record
        self._marks = _marks(record)
        self._around = sent_around(record)

    def of(self, node: Tensor) -> Detail:
        """Return what is said of a node."""
        reached = node in self._record.upstream
        if node.primitive is None:
            said: Detail = {"equation": "", "equationInNumbers": "", "says": "", "routed": []}
            sent: list[Detail] = []
        else:
            unit = Unit(None, (node,), tuple((node, i) for i in range(len(node.inputs))))
            said = self._said(node, unit)
            sent = [self._sent(unit, i) for i in range(len(node.inputs))]
        why = "" if reached else why_none(node, self._around)
        return {**said, "whyNone": why, "sent": sent}

    def _said(self, node: Tensor, unit: Unit) -> Detail:
        scan = scan_detail(self._record, node)
        return {
            "equation": self._equation(node, FormulaWriter(self._marks).define(node)),
            "equationInNumbers": self._in_numbers(node),
            "says": f"{node.kind} {Gate(self._record, node).says}",
            "routed": list(routed(self._record, unit)),
            **({} if scan is None else {"scan": scan}),
        }

    def _equation(self, node: Tensor, formula: str) -> str:
        name = markup.identifier(self._record.names[node])
        return markup.math([name, markup.operator("="), self._mathml(formula)])

    def _in_numbers(self, node: Tensor) -> str:
        """Return the equation of a gate of scalars with their numbers."""
        if any(each.shape != () for each in (node, *node.inputs)):
            return ""
        values = self._record.values
        formula = FormulaWriter({x: figure(values[x]) for x in node.inputs}).define(node)
        result = figure(values[node])
        written = self._equation(node, formula)
        if formula == result:
            return written
        return written.replace("</math>", f"{markup.operator('=')}{self._mathml(result)}</math>")

    def _mathml(self, formula: str) -> str:
        return mathml(formula, lambda number: self._record.names[self._record.order[number]])

    def _sent(self, unit: Unit, position: int) -> Detail:
        """Return what is said of the gradient that a gate sends to one input."""
        node, record = unit.result, self._record
        to = node.inputs[position]
        structure, rule, in_numbers = None, "", ""
        if (node, position) in record.downstream:
            structure = structure_of(node)
            rule = self._rule(unit, position)
            in_numbers = self._rule_in_numbers(unit, position)
        return {
            "to": self.numbers[to],
            "structure": structure,
            "rule": rule,
            "ruleInNumbers": in_numbers,
        }

    def _rule(self, unit: Unit, position: int) -> str:
        edge = (unit.result, position)
        formula = sent_formula(self._record, unit, [edge], self._marks)
        return _downstream([self._mathml(formula)]) if formula else ""

    def _rule_in_numbers(self, unit: Unit, position: int) -> str:
        edge = (unit.result, position)
        product = product_in_numbers(self._record, unit, [edge])
        if product is None:
            return ""
        result = figure(self._record.downstream[edge])
        return _downstream([self._mathml(product), markup.operator("="), self._mathml(result)])


def structure_of(node: Tensor) -> str:
    """Return the structure of the local gradients of a gate."""
    assert node.primitive is not None
    return "elementwise" if node.primitive.family == "elementwise" else node.primitive.jacobian


def _downstream(parts: list[str]) -> str:
    return markup.math([markup.identifier("downstream"), markup.operator("="), *parts])


def _marks(record: Record) -> Mapping[Tensor, str]:
    """Return what stands for every node in a formula: a mark, a number for constants of one."""
    return {
        node: mark(number)
        for number, node in enumerate(record.order)
        if not (isinstance(node, Constant) and node.size == 1)
    }
