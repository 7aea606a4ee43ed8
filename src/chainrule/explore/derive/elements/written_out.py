"""Lines of small tensors, written out whole: one per element, sums term by term."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.explore.derive.derivation_data import Line
from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_formulas import NoElementsError
from chainrule.explore.derive.elements.element_writer import ElementWriter
from chainrule.explore.derive.elements.measured import ROUNDING, Place, column, compared
from chainrule.explore.number_text import FEW
from chainrule.explore.textbook.activations import WrittenActivation
from chainrule.grad.reverse import sweep_from
from chainrule.graph import Input, Tensor


def written_out(context: ElementContext, result: Tensor) -> Iterator[Line]:
    """Give a line per element of a result, and per element of the operands' gradients.

    None for a result or an operand of more than 6 elements, and for scalars.
    """
    operands = context.operands(result)
    if all(each.size == 1 for each in operands):
        return
    if any(each.size > FEW for each in (result, *operands)):
        return
    try:
        whole = _WrittenOut(context, result)
    except NoElementsError:
        return
    yield from whole.values()
    for each in operands:
        yield from whole.gradients(each)


class _WrittenOut:
    """The elements of one result as formulas of elements of its operands."""

    def __init__(self, context: ElementContext, result: Tensor) -> None:
        self._context, self._result = context, result
        self._formulas = context.formulas(whole=True)
        self._tops = {at: self._formulas.define(result, at) for at in _places(result)}
        self._deltas = {at: self._delta(at) for at in self._tops}

    def _delta(self, at: Place) -> Tensor:
        value = np.asarray(self._context.gradient(self._result)[at])
        shape = self._tops[at].shape
        return Input("delta", shape, value.dtype, value.reshape(shape))

    def values(self) -> Iterator[Line]:
        """Give a line per element of the result."""
        writer = self._writer()
        for at, top in self._tops.items():
            value = self._context.double[self._result][at]
            check = compared([(value, top.read(), ROUNDING)])
            yield Line(self._context.value_name(self._result, at), writer.define(top), "", check)

    def gradients(self, operand: Tensor) -> Iterator[Line]:
        """Give a line per element of the gradient of an operand that no other line reads."""
        if self._context.users[operand] > 1:
            return
        objective = self._context.double.objective(operand)
        for at in _places(operand):
            leaf = self._formulas.leaf(operand, at)
            found = self._gradient(at, leaf)
            if found is None:
                continue
            measured = column(objective, at)
            pair = measured and (measured.slopes, found.read(), measured.noise)
            left = self._context.gradient_name(operand, at)
            yield Line(left, self._writer().write(found), "", compared([pair or None]))

    def _gradient(self, at: Place, leaf: Tensor) -> Tensor | None:
        form = self._context.forms.get(self._result)
        if form is not None and isinstance(form.written, WrittenActivation):
            y = self._formulas.leaf(self._result, at)
            slope = form.written.slope(y, leaf, self._formulas.parts)
            return slope if self._is_one else self._deltas[at] * slope
        seeds = [(top, self._deltas[at]) for at, top in reversed(self._tops.items())]
        return sweep_from(seeds, [leaf]).upstream.get(leaf)

    @property
    def _is_one(self) -> bool:
        return self._context.is_one(self._result)

    def _writer(self) -> ElementWriter:
        context, result = self._context, self._result
        known = {
            **{top: context.value_name(result, at) for at, top in self._tops.items()},
            **{
                leaf: context.value_name(node, [i for i in at if isinstance(i, int)])
                for (node, at), leaf in self._formulas.leaves.items()
            },
            **{delta: f"δ_{context.value_name(result, at)}" for at, delta in self._deltas.items()},
        }
        ones = frozenset(self._deltas.values()) if self._is_one else frozenset[Tensor]()
        inner = ElementWriter(known, {}, ones)
        parts = {
            part: f"{sign}({inner.write(x)})" for part, (sign, x) in self._formulas.parts.items()
        }
        return ElementWriter({**known, **parts}, {}, ones)


def _places(node: Tensor) -> list[Place]:
    return [tuple(map(int, at)) for at in np.ndindex(node.shape)]
