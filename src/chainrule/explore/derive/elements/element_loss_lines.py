"""Lines of losses that add up a term per element: squared error, binary cross-entropy, others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.explore.derive.derivation_data import Line
from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_formulas import RANK
from chainrule.explore.derive.elements.element_writer import ElementWriter, subscript
from chainrule.explore.derive.elements.measured import ROUNDING, column, compared, places
from chainrule.explore.textbook.activations import Parts
from chainrule.explore.textbook.forms import Form
from chainrule.grad.differences import Probe
from chainrule.graph import Array, Input, Tensor

_LETTERS = dict(enumerate("ijlmnkpr"))


def element_loss_lines(context: ElementContext, result: Tensor, form: Form) -> Iterator[Line]:
    """Give the loss as a sum over elements, and the gradient of an element of every operand."""
    loss = _ElementLoss(context, result, form)
    yield loss.definition()
    for node in context.operands(result):
        if node in set(form.operands):
            yield loss.gradient(node)


class _ElementLoss:
    """A loss of elements in index notation, with its numbers."""

    def __init__(self, context: ElementContext, result: Tensor, form: Form) -> None:
        assert form.prediction is not None
        assert form.target is not None
        self._context, self._result, self._form = context, result, form
        self._nodes: tuple[Tensor, Tensor] = (form.prediction, form.target)
        self._shape = form.target.shape
        self._letters = [_LETTERS[i] for i in range(len(self._shape))]
        self._leaves = tuple(self._leaf(context.double[each]) for each in self._nodes)
        self._parts: Parts = {}
        self._names = {
            leaf: context.name(node) + subscript(self._letters)
            for leaf, node in zip(self._leaves, self._nodes, strict=True)
        }

    def _leaf(self, value: Array) -> Tensor:
        shape = (*value.shape, *[1] * (RANK - value.ndim))
        return Input(
            "element", shape, np.dtype(np.float64), value.astype(np.float64).reshape(shape)
        )

    def _reduced(self, term: Tensor) -> Tensor:
        options, rank = self._form.options, len(self._shape)
        axes = range(rank) if options["reduction"] != "none" else [rank - 1] if self._by_row else []
        total = term.sum(list(axes), keepdims=True) if axes and rank else term
        return self._averaged(total)

    @property
    def _by_row(self) -> bool:
        return bool(self._form.written.form.by_row)

    def _averaged(self, term: Tensor) -> Tensor:
        size = int(np.prod(self._shape))
        count = size // self._shape[-1] if self._by_row else size
        return term / count if self._form.options["reduction"] == "mean" and count > 1 else term

    def _writer(self, more: dict[Tensor, str]) -> ElementWriter:
        known = {**self._names, **more}
        parts = {part: f"{sign}({known[x]})" for part, (sign, x) in self._parts.items()}
        return ElementWriter({**known, **parts}, _LETTERS)

    def definition(self) -> Line:
        """Return the loss as a sum of terms."""
        formula = self._reduced(self._form.written.term(self._leaves, self._parts))
        value = self._context.double[self._result]
        found = formula.read().reshape(value.shape)
        check = compared([(value, found, ROUNDING)])
        return Line(self._result_name(), self._writer({}).define(formula), "", check)

    def _result_name(self) -> str:
        letters = self._letters[: self._result.ndim]
        return self._context.value_name(self._result, letters)

    def gradient(self, node: Tensor) -> Line:
        """Return the gradient of an element of an operand."""
        position = 0 if node is self._nodes[0] else 1
        slope = self._averaged(self._form.written.slope(position, self._leaves, self._parts))
        more: dict[Tensor, str] = {}
        formula = slope
        if not self._context.is_one(self._result):
            delta = self._leaf(self._context.gradient(self._result))
            more[delta] = f"δ_{self._result_name()}"
            formula = delta * slope
        whole = np.broadcast_to(formula.read(), (*self._shape, *[1] * (RANK - len(self._shape))))
        found, sampled = places(self._shape)
        probe, weights = self._probe(node)
        pairs = []
        for place in found:
            measured = column(probe, place)
            value = float(whole[(*place, *[0] * (RANK - len(place)))])
            pairs.append(
                None
                if measured is None
                else (float((measured.slopes * weights).sum()), value, measured.noise)
            )
        left = self._context.gradient_name(node, self._letters)
        return Line(left, self._writer(more).write(formula), "", compared(pairs, sampled))

    def _probe(self, node: Tensor) -> tuple[Probe, Array]:
        context = self._context
        if context.users[node] <= 1:
            return context.double.objective(node), np.ones(())
        probe = context.double.gate(self._result, context.read(self._result), node)
        return probe, context.gradient(self._result)
