"""A gate in index notation: the formula of one element, and its derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_formulas import (
    RANK,
    ElementFormulas,
    Index,
    Letter,
    NoElementsError,
    laid_out,
)
from chainrule.explore.derive.elements.element_writer import ElementWriter
from chainrule.explore.derive.elements.measured import Place
from chainrule.explore.structure.fold import Unit
from chainrule.explore.textbook.activations import WrittenActivation
from chainrule.grad import sweep
from chainrule.graph import Array, Input, Tensor
from chainrule.ops import broadcast_to

Letters = Mapping[int, str]
_OWN, _SUMMED = "ijlmn", "klmnpr"


@dataclass(frozen=True, eq=False)
class Slope:
    """The derivative with respect to one element of an operand, as a formula.

    at       the index of that element
    formula  its axes are those of `at`, and of all letters that are not summed
    letters  the letters of all axes
    text     the formula as text
    """

    at: Index
    formula: Tensor
    letters: Letters
    text: str

    @property
    def subscript(self) -> list[str | int]:
        """The subscript of the operand."""
        return [self.letters[i.axis] if isinstance(i, Letter) else i for i in self.at]

    def values(self, place: Place) -> Array:
        """Return the numbers for one element of the operand, along all other letters."""
        found = self.formula.read()
        fixed = {i.axis: n for i, n in zip(self.at, place, strict=True) if isinstance(i, Letter)}
        index = tuple(
            fixed[axis] if axis in fixed else slice(None) if found.shape[axis] > 1 else 0
            for axis in range(RANK)
        )
        return np.asarray(found[index])


class GateElements:
    """A unit in index notation.

    formulas  the formulas, with their leaves
    index     the index of an element of the result
    top       the formula of that element

    Raises NoElementsError if there is no such formula.
    """

    def __init__(
        self, context: ElementContext, unit: Unit, told_apart: Tensor | None = None
    ) -> None:
        """Write a unit in index notation.

        told_apart  an operand whose elements count anew for every element of the result
        """
        self._context, self.unit = context, unit
        self.formulas: ElementFormulas = context.formulas()
        self.index = self.formulas.letters(unit.result.shape)
        if told_apart is not None:
            self.formulas.spread(told_apart, self.index)
        top = self.formulas.define(unit.result, self.index)
        self.value = laid_out(context.double[unit.result], self.index)
        same = top.shape == self.value.shape
        self.top = top if same else broadcast_to(top, self.value.shape)

    @property
    def axes(self) -> list[int]:
        """The axes of the letters of the result."""
        return [each.axis for each in self.index if isinstance(each, Letter)]

    def definition(self) -> tuple[list[str | int], str]:
        """Return the subscript of the result, and the formula of its element."""
        letters = self._letters(self.axes, _OWN, _SUMMED if self.axes else _OWN)
        return [letters[i.axis] if isinstance(i, Letter) else i for i in self.index], self._writer(
            letters, {}
        ).define(self.top)

    def gradients(self, operand: Tensor) -> list[Slope]:
        """Return the terms of the gradient of an element of an operand, in terms of δ."""
        result = self.unit.result
        delta = self._leaf(laid_out(self._context.gradient(result), self.index))
        return self._slopes(operand, delta, is_one=self._context.is_one(result))

    def local(self, operand: Tensor) -> Slope | None:
        """Return the local gradient: an element of the result with respect to one of an operand.

        None for an operand that is read in several places, whose elements have several.
        """
        apart = GateElements(self._context, self.unit, operand)
        ones = apart._leaf(np.ones(self.value.shape))
        found = apart._slopes(operand, ones, is_one=True)
        return found[0] if len(found) == 1 else None

    def _slopes(self, operand: Tensor, upstream: Tensor, is_one: bool) -> list[Slope]:
        found = dict(self.formulas.leaves)
        leaves = [(at, leaf) for (node, at), leaf in found.items() if node is operand]
        if not leaves:
            raise NoElementsError(self.unit.title)
        several = len(leaves) > 1
        return [
            self._slope(at, self._formula(leaf, upstream, is_one), upstream, is_one, several)
            for at, leaf in leaves
        ]

    def _formula(self, leaf: Tensor, upstream: Tensor, is_one: bool) -> Tensor:
        form = self._context.forms.get(self.unit.result)
        if form is None or not isinstance(form.written, WrittenActivation):
            return sweep(self.top, [leaf], upstream).upstream[leaf]
        y = self.formulas.leaf(self.unit.result, self.index)
        slope = form.written.slope(y, leaf, self.formulas.parts)
        return slope if is_one else upstream * slope

    def _slope(
        self, at: Index, formula: Tensor, upstream: Tensor, is_one: bool, several: bool
    ) -> Slope:
        own = [each.axis for each in at if isinstance(each, Letter)]
        apart = len(own) == 1 and bool(self.axes) and not set(own) & set(self.axes) and not several
        letters = self._letters(own, "j" if apart else _OWN, _SUMMED)
        subscript = [letters[i.axis] if isinstance(i, Letter) else i for i in self.index]
        delta = (
            {}
            if is_one
            else {upstream: f"δ_{self._context.value_name(self.unit.result, subscript)}"}
        )
        ones = frozenset([upstream]) if is_one else frozenset[Tensor]()
        writer = self._writer(letters, delta, ones)
        return Slope(at, formula, letters, writer.write(formula))

    def _letters(self, own: Sequence[int], first: str, later: str) -> Letters:
        letters = dict(zip(own, first, strict=False))
        unused = [each for each in later + _OWN if each not in letters.values()]
        rest = [axis for axis in (*self.axes, *range(RANK)) if axis not in letters]
        return letters | dict(zip(dict.fromkeys(rest), dict.fromkeys(unused), strict=False))

    def _writer(
        self,
        letters: Letters,
        names: Mapping[Tensor, str],
        ones: frozenset[Tensor] = frozenset(),
    ) -> ElementWriter:
        def subscript(index: Index) -> list[str | int]:
            return [letters[i.axis] if isinstance(i, Letter) else i for i in index]

        known = {
            self.top: self._context.value_name(self.unit.result, subscript(self.index)),
            **{
                leaf: self._context.value_name(node, subscript(at))
                for (node, at), leaf in self.formulas.leaves.items()
            },
            **names,
        }
        inner = ElementWriter(known, letters, ones)
        parts = {
            part: f"{sign}({inner.write(x)})" for part, (sign, x) in self.formulas.parts.items()
        }
        return ElementWriter({**known, **parts}, letters, ones)

    @staticmethod
    def _leaf(value: Array) -> Tensor:
        return Input("upstream", value.shape, value.dtype, value)
