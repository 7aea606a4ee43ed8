"""A narrow valley: a quadratic loss with curvatures 0.01 and 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array

STEPS, DONE = 400, 1e-4
CURVATURES = np.array([0.01, 1.0])
ALONG, ACROSS = np.eye(2), np.array([[1, -1], [1, 1]]) / np.sqrt(2)
"""The rotation of the valley: along the axis of the first weight, or across both axes."""


def descent(optimizer: Callable[..., cr.optim.Optimizer], rate: float, turn: Array) -> Array:
    """Return the position before every step in the coordinates of the valley, (STEPS, 2)."""
    curvature = turn @ np.diag(CURVATURES) @ turn.T
    x = cr.parameter(turn @ [-1.0, 0.5])
    rule = optimizer([x], rate)

    @cr.compile
    def step() -> cr.Tensor:
        loss = 0.5 * (x * (curvature @ x)).sum()
        rule.minimize(loss)
        return loss

    positions = np.empty((STEPS, 2))
    for i in range(STEPS):
        positions[i] = x.value
        step()
    return positions @ turn


def steps_of(path: Array) -> int:
    """Return the number of steps after which the loss stays below DONE times the first loss."""
    losses = (path**2 * CURVATURES).sum(axis=1)
    above = np.flatnonzero(~(losses < DONE * losses[0]))
    return int(above[-1]) + 1


def draw_valley(axes: Any) -> None:
    """Draw contour lines of the loss of the valley that lies across."""
    x, y = np.meshgrid(np.linspace(-1.3, 0.3, 80), np.linspace(-1.4, 0.3, 80))
    heights = (np.stack([x, y], -1) @ ACROSS) ** 2 @ CURVATURES
    axes.contour(x, y, heights, levels=np.geomspace(1e-4, 1, 9), colors="0.8", zorder=0)
