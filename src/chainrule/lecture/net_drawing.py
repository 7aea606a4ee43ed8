"""A drawing of a feed-forward net: a column of units per layer, and weights as lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.graph import Array


def draw_net(
    axes: Any, layers: Sequence[Array], weights: Sequence[Array], *, size: float = 400
) -> None:
    """Draw units with their values, and weights whose width shows their size.

    layers   a value per unit, whose sign and size the colour shows, (units,), by layer
    weights  (units above, units below), between the layers
    size     the area of a unit, in square points

    Blue is positive, orange is negative.
    """
    places = [_places(i, len(values)) for i, values in enumerate(layers)]
    for (below, above), matrix in zip(pairwise(places), weights, strict=True):
        largest = max(np.abs(matrix).max(), 1e-12)
        for (row, column), weight in np.ndenumerate(matrix):
            (x, y), (x2, y2) = below[column], above[row]
            width = 0.3 + 3 * abs(weight) / largest
            axes.plot([x, x2], [y, y2], color=_colour(weight), linewidth=width, zorder=1)
    for each, values in zip(places, layers, strict=True):
        shades = 0.75 * np.abs(values) / max(np.abs(values).max(), 1e-12)
        axes.scatter(*each.T, c="white", s=size, zorder=2)
        colours = [_colour(value) for value in values]
        axes.scatter(*each.T, c=colours, alpha=shades, s=size, zorder=2)
        axes.scatter(*each.T, c="none", edgecolors="black", s=size, zorder=2)
    axes.margins(0.12)
    axes.set_axis_off()


def _places(layer: int, count: int) -> Array:
    """Return the places of the units of a layer, (count, 2), from the top."""
    return np.stack([np.full(count, layer), (count - 1) / 2 - np.arange(count)], axis=1)


def _colour(weight: float) -> str:
    return "C0" if weight > 0 else "C1"
