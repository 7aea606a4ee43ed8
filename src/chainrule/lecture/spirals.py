"""Two spirals: a problem for small nets that no linear classifier solves."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array


def spirals(count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Return points, float32 (count, 2), of deviation 1, and the spiral of each, 0 or 1.

    One spiral is the other one turned by half a turn around the origin.
    """
    labels = np.arange(count) % 2
    radius = 2 * np.sqrt(random.uniform(0.02, 1, count))
    angle = np.pi * (radius + labels)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (points + random.normal(0, 0.04, points.shape)).astype(np.float32), labels
