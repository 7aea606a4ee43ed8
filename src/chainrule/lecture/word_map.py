"""A map of word vectors in two dimensions, with the decision regions of a net."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array


def draw_map(
    axes: Any, vectors: Array, labels: Array, unseen: Array, net: Callable[[Any], cr.Tensor]
) -> None:
    """Draw words, and shade the regions that the net classifies as bad, 0, and good, 1.

    vectors  (words, 2), with labels and whether a word is unseen, (words,)
    net      from vectors to two scores
    """
    ends = vectors.min(), vectors.max()
    side = np.linspace(ends[0] - 0.6, ends[1] + 0.6, 200)
    scores = np.asarray(net(np.stack(np.meshgrid(side, side), axis=-1)))
    shades = {"levels": (-0.5, 0.5, 1.5), "colors": ("C1", "C0"), "alpha": 0.2}
    axes.contourf(side, side, scores.argmax(axis=-1), **shades)
    for label, kind in enumerate(("bad", "good")):
        for words, marker, size, name in (
            (~unseen, "o", 7, "trained on"),
            (unseen, "*", 15, "third name"),
        ):
            style = {"markersize": size, "markeredgecolor": "white", "label": f"{kind}, {name}"}
            axes.plot(*vectors[words & (labels == label)].T, marker, color=f"C{1 - label}", **style)
    axes.set(xlabel="first component", ylabel="second component")


def draw_moves(axes: Any, before: Array, after: Array) -> None:
    """Draw arrows between places, (words, 2)."""
    whole = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004, "color": "0.4"}
    axes.quiver(*before.T, *(after - before).T, **whole)


def draw_name(axes: Any, name: str, place: Array, at: tuple[float, float]) -> None:
    """Write a name at `at`, with a line to its place."""
    axes.annotate(name, place, at, arrowprops={"arrowstyle": "-"}, fontweight="bold")
