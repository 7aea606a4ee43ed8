"""Vectors and matrices as rows of coloured cells with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array

_POSITIVE, _NEGATIVE = "#0072B2", "#D55E00"


def draw_cells(
    axes: Any,
    values: Array,
    corner: tuple[float, float],
    *,
    title: str = "",
    texts: Sequence[Sequence[str]] | None = None,
    largest: float | None = None,
    font: float = 9,
) -> None:
    """Draw a matrix of cells, each of side 1, from the upper left `corner` down.

    values   (rows, columns); blue for positive numbers, orange for negative ones
    title    what is written above
    texts    what is written in the cells; the numbers unless given
    largest  the number of full colour; the largest of `values` unless given
    """
    from matplotlib.patches import Rectangle

    left, top = corner
    full = largest or float(np.abs(values).max()) or 1.0
    for row, column in np.ndindex(values.shape):
        number = float(values[row, column])
        place = (left + column, top - row - 1)
        colour = _POSITIVE if number >= 0 else _NEGATIVE
        shade = 0.75 * min(abs(number) / full, 1)
        axes.add_patch(Rectangle(place, 1, 1, facecolor=colour, alpha=shade, edgecolor="none"))
        axes.add_patch(Rectangle(place, 1, 1, facecolor="none", edgecolor="0.4", linewidth=0.8))
        text = f"{number:.2f}" if texts is None else texts[row][column]
        middle = (place[0] + 0.5, place[1] + 0.5)
        axes.text(*middle, text, ha="center", va="center", fontsize=font)
    if title:
        axes.text(left + values.shape[1] / 2, top + 0.2, title, ha="center", va="bottom")


def frame(axes: Any, width: float, height: float) -> None:
    """Prepare axes for cells: from 0 to `width` and `height`, both to the same scale."""
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.set_axis_off()
