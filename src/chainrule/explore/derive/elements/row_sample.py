"""Rows of scores, as lines about them read: some rows, some elements, and central differences.

Formulas have three axes: rows n, elements i, and elements j.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from chainrule.explore.derive.derivation_data import Line
from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_writer import ElementWriter, subscript
from chainrule.explore.derive.elements.measured import Column, column, compared
from chainrule.grad.differences import STEP
from chainrule.graph import Array, Input, Tensor

_ROWS, _ELEMENTS = 3, 6
_LETTERS = {0: "n", 1: "i", 2: "j"}
_ROUNDING = 8 * float(np.finfo(np.float64).eps) / STEP


class RowSample:
    """Some rows of an operand, and some of their elements.

    x         the operand, (..., elements); all rows, (rows, elements), float64
    rows      the positions of the rows that lines are compared at
    elements  the positions of the elements, the same in every row
    """

    def __init__(self, context: ElementContext, x: Tensor, wanted: Iterable[int] = ()) -> None:
        """Choose rows and elements; `wanted` elements are among them."""
        self.context, self.node = context, x
        self.x = context.double[x].reshape(-1, x.shape[-1])
        self.rows = np.arange(min(len(self.x), _ROWS))
        first = list(dict.fromkeys(map(int, wanted)))
        more = [each for each in range(x.shape[-1]) if each not in first]
        self.elements = np.array(sorted([*first, *more][: max(_ELEMENTS, len(first))]))
        self.names: dict[Tensor, str] = {}

    @property
    def is_sampled(self) -> bool:
        """Whether there are more rows or elements."""
        return len(self.rows) < len(self.x) or len(self.elements) < self.x.shape[1]

    def index(self, letters: str) -> list[str | int]:
        """Return a subscript: that of the row, if there are rows, and `letters`."""
        return ["n", *letters] if self.node.ndim > 1 else list(letters)

    def name(self, name: str, letters: str) -> str:
        """Return the name of an element, such as pₙᵢ."""
        return name + subscript(self.index(letters))

    def leaf(self, name: str, letters: str, value: Array) -> Tensor:
        """Return numbers as an element of this name, (rows, i, j)."""
        leaf = Input("element", value.shape, value.dtype, value)
        self.names[leaf] = self.name(name, letters)
        return leaf

    def i(self, name: str, rows: Array) -> Tensor:
        """Return element i of an array of rows."""
        return self.leaf(name, "i", rows[self.rows][:, self.elements, None])

    def j(self, name: str, rows: Array) -> Tensor:
        """Return element j, of those that are compared."""
        return self.leaf(name, "j", rows[self.rows][:, None, self.elements])

    def all(self, name: str, rows: Array) -> Tensor:
        """Return element j, of all; sums run over these."""
        return self.leaf(name, "j", rows[self.rows][:, None, :])

    def of_row(self, name: str, values: Array, letters: str = "") -> Tensor:
        """Return one number per row."""
        return self.leaf(name, letters, values[self.rows][:, None, None])

    def number(self, text: str, value: float) -> Tensor:
        """Return a number that is written as `text`."""
        leaf = Input("number", (1, 1, 1), np.dtype(np.float64), np.full((1, 1, 1), value))
        self.names[leaf] = text
        return leaf

    def write(self, formula: Tensor | str) -> str:
        """Return a formula as text."""
        if isinstance(formula, str):
            return formula
        return ElementWriter(self.names, _LETTERS).write(formula)

    def line(
        self,
        left: str,
        *formulas: Tensor | str,
        measured: Array | None = None,
        where: Array | bool = True,
        exists: Array | bool = True,
        noise: float = _ROUNDING,
        note: str = "",
    ) -> Line:
        """Return a line of equal formulas, compared with what was measured.

        where   the places of which the line speaks, all unless given
        exists  where a derivative exists
        noise   what rounding explains
        """
        values = [each.read() for each in formulas if isinstance(each, Tensor)]
        known = values if measured is None else [measured, *values]
        shape = np.broadcast_shapes(*(each.shape for each in known))
        meant = np.broadcast_to(where, shape)
        chosen = meant & exists
        numbers = [np.broadcast_to(each, shape)[chosen] for each in known]
        pairs = ((numbers[0], each, noise) for each in numbers[1:] if meant.any())
        check = compared(pairs, self.is_sampled)
        text = " = ".join(each for each in dict.fromkeys(map(self.write, formulas)) if each != left)
        return Line(left, text, "", check, note)

    @np.errstate(all="ignore")
    def slopes(self, function: Callable[[Array], Array]) -> Array:
        """Return the derivatives of a function of rows by central differences, (rows, i, all)."""
        found = []
        for element in self.elements:
            above, below = self.x[self.rows].copy(), self.x[self.rows].copy()
            steps = STEP * np.maximum(1.0, np.abs(above[:, element]))
            above[:, element] += steps
            below[:, element] -= steps
            found.append((function(above) - function(below)) / (2 * steps[:, None]))
        return np.stack(found, axis=1)

    def gradient(self, result: Tensor) -> tuple[Array, Array]:
        """Return the gradient that x receives from a line by central differences, (rows, i, 1).

        result   what the line computes
        returns  the gradient, and where it exists
        """
        double = self.context.double
        if self.context.users[self.node] <= 1:
            probe, weights = double.objective(self.node), np.ones(())
        else:
            probe = double.gate(result, self.context.read(result), self.node)
            weights = self.context.gradient(result)
        places = [[self._place(r, i) for i in self.elements] for r in self.rows]
        found = np.array([[_weighed(column(probe, at), weights) for at in row] for row in places])
        return np.nan_to_num(found)[..., None], np.isfinite(found)[..., None]

    def _place(self, row: Any, element: Any) -> tuple[int, ...]:
        lead = np.unravel_index(row, self.node.shape[:-1]) if self.node.ndim > 1 else ()
        return (*map(int, lead), int(element))


def _weighed(found: Column | None, weights: Array) -> float:
    return float("nan") if found is None else float((found.slopes * weights).sum())
