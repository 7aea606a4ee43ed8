"""What lines for elements are written from: names, forms, and the numbers of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chainrule.explore.derive.double_precision import DoublePrecision
from chainrule.explore.derive.elements.element_formulas import ElementFormulas
from chainrule.explore.derive.elements.element_writer import subscript
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.record import Record
from chainrule.explore.textbook.activations import WrittenActivation
from chainrule.explore.textbook.forms import Form
from chainrule.grad import Sweep
from chainrule.graph import Array, Constant, Tensor, topological_order


@dataclass(frozen=True, eq=False)
class ElementContext:
    """A derivation, as the lines for its elements read it.

    names   maps the nodes that are written by name to their names
    forms   the textbook forms of units, by their results
    users   how many lines read each node that is written by name
    gradients  the gradients of nodes, as the backward lines write them
    """

    record: Record
    names: Mapping[Tensor, str]
    forms: Mapping[Tensor, Form]
    double: DoublePrecision
    users: Mapping[Tensor, int]
    gradients: Mapping[Tensor, Tensor]

    def formulas(self, whole: bool = False) -> ElementFormulas:
        """Return formulas of elements, without any yet; `whole` ones have no letters."""
        activations = {
            y: (form.operands[0], form.written)
            for y, form in self.forms.items()
            if isinstance(form.written, WrittenActivation)
        }
        return ElementFormulas(self.names, self.double.values, activations, whole)

    def read(self, result: Tensor) -> list[Tensor]:
        """Return the named nodes, and other leaves, that the line of a node reads."""
        return [x for _, x in self._edges(result)]

    def operands(self, result: Tensor) -> list[Tensor]:
        """Return the nodes that receive a gradient from the line of a node."""
        downstream = self._sweep.downstream
        sending = [x for edge, x in self._edges(result) if edge in downstream]
        return [each for each in dict.fromkeys(sending) if not isinstance(each, Constant)]

    def _edges(self, result: Tensor) -> Iterator[tuple[tuple[Tensor, int], Tensor]]:
        """Give the edges that enter the line of a node, and where they come from."""
        outside = {*self.names} - {result}
        for node in topological_order([result], without=outside):
            for i, each in enumerate(node.inputs):
                if each in outside or each.primitive is None:
                    yield (node, i), each

    def gradient(self, node: Tensor) -> Array:
        """Return the gradient of the objective with respect to a node."""
        return self.double[self.gradients[node]]

    def is_one(self, node: Tensor) -> bool:
        """Say whether the gradient arriving at a node is the 1 at the output."""
        seeds = self.record.backward.seeds if self.record.backward is not None else {}
        is_seed = self._sweep.upstream.get(node) is seeds.get(node)
        return node in seeds and is_seed and self.record.is_one(node)

    @property
    def _sweep(self) -> Sweep:
        assert self.record.backward is not None
        return self.record.backward.sweep

    def name(self, node: Tensor) -> str:
        """Return the name of a node; the formula of one that only reshapes a named one."""
        return FormulaWriter(self.names).write(node)

    def value_name(self, node: Tensor, index: Sequence[str | int]) -> str:
        """Return the name of an element."""
        return self.name(node) + subscript(index)

    def gradient_name(self, node: Tensor, index: Sequence[str | int]) -> str:
        """Return the name of the gradient of an element: of a leaf ∂s/∂W, of a gate δ_h."""
        if node.primitive is None:
            return f"∂{self.record.objective}/∂{self.value_name(node, index)}"
        return f"δ_{self.value_name(node, index)}"
