"""Contours of a squared error and of a penalty, and where they touch."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array


def draw_penalty(axes: Any, x: Array, y: Array, path: Array, power: int) -> None:
    """Draw the contours of both for two weights, and the minima of the objective.

    x, y    inputs, (samples, 2), and targets, (samples,)
    path    the minima as the penalty grows, from none, (strengths, 2); contours touch in the last
    power   the penalty is the sum of |θ| to this power
    """
    first, second = np.meshgrid(np.linspace(-1.2, 2.6, 150), np.linspace(-1.2, 2.6, 150))
    grid = np.stack([first, second], axis=-1)
    errors = ((grid @ x.T - y) ** 2).mean(axis=-1)
    penalties = (np.abs(grid) ** power).sum(axis=-1)
    at = path[-1]
    touching = ((x @ at - y) ** 2).mean()
    low = errors.min()
    levels = sorted({touching, *(low + (touching - low) * np.array([0.3, 3, 9, 27]))})
    axes.contour(first, second, errors, levels=levels, colors="C0", linewidths=1)
    limit = (np.abs(at) ** power).sum()
    axes.contourf(first, second, penalties, levels=[0, limit], colors="C4", alpha=0.4)
    axes.plot(*path.T, "o-", color="C1", markersize=4, label="minima as λ grows")
    axes.plot(*path[0], "ks", label="no penalty")
    axes.plot(*at, "*", color="C1", markersize=16, markeredgecolor="white", label="largest λ")
    axes.axhline(0, color="0.5", linewidth=1)
    axes.axvline(0, color="0.5", linewidth=1)
    axes.set(xlabel="first weight", ylabel="second weight", aspect="equal")
