"""A map of word vectors: how far each is from the boundary of a classifier, and on which side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array


def plane(vectors: Array, normal: Array) -> Array:
    """Return two orthogonal directions, (2, size): across a boundary, and along it.

    The second is the direction along the boundary in which the vectors, (words, size), vary most.
    """
    across = normal / np.linalg.norm(normal)
    rest = vectors - vectors.mean(axis=0)
    rest = rest - np.outer(rest @ across, across)
    return np.stack([across, np.linalg.svd(rest, full_matrices=False)[2][0]])


def draw_map(axes: Any, places: Array, labels: Array, unseen: Array, edge: float) -> None:
    """Draw words, and the sides of the boundary, which is the line 0 of the first coordinate.

    places  (words, 2), with labels, 0 for bad and 1 for good, and whether each is unseen, (words,)
    edge    the largest distance that the map shows
    """
    low, high = places[:, 1].min(), places[:, 1].max()
    axes.axvspan(-edge, 0, color="C1", alpha=0.15)
    axes.axvspan(0, edge, color="C0", alpha=0.15)
    axes.axvline(0, color="black")
    for label, kind in enumerate(("bad", "good")):
        for words, marker, size, name in (
            (~unseen, "o", 7, "trained on"),
            (unseen, "*", 15, "third name"),
        ):
            style = {"markersize": size, "markeredgecolor": "white", "label": f"{kind}, {name}"}
            axes.plot(*places[words & (labels == label)].T, marker, color=f"C{1 - label}", **style)
    axes.set(xlim=(-edge, edge), ylim=(1.4 * low - 0.4 * high, 1.1 * high - 0.1 * low))
    axes.set(xlabel="distance from the boundary", ylabel="along the boundary", yticks=())


def draw_moves(axes: Any, before: Array, after: Array) -> None:
    """Draw arrows between places, (words, 2)."""
    whole = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.003, "color": "0.6"}
    axes.quiver(*before.T, *(after - before).T, zorder=0.5, **whole)


def draw_names(axes: Any, names: Sequence[str], places: Array) -> None:
    """Write names below the map, from left to right, each with a line to its place, (names, 2)."""
    columns = np.linspace(0.12, 0.85, len(names))
    for row, column in zip(np.argsort(places[:, 0]), columns, strict=True):
        axes.annotate(
            names[row],
            places[row],
            (column, 0.04),
            textcoords="axes fraction",
            arrowprops={"arrowstyle": "-", "shrinkB": 4},
            fontweight="bold",
            ha="center",
        )
