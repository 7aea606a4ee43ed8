"""Classification tasks for small nets: random points, the class of each, and a net for one."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule.graph import Array


def spirals(count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Return points, float32 (count, 2), of deviation 1, and the spiral of each, 0 or 1.

    The spirals differ by half a turn around the origin.
    """
    labels = np.arange(count) % 2
    radius = 2 * np.sqrt(random.uniform(0.02, 1, count))
    angle = np.pi * (radius + labels)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (points + random.normal(0, 0.04, points.shape)).astype(np.float32), labels


def disc_and_ring(count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Return points, float32 (count, 2), and whether each is on the ring around the disc."""
    on_ring = random.random(count) < 0.6
    radius = np.where(on_ring, random.uniform(1.5, 2, count), random.uniform(0, 1, count))
    angle = random.uniform(0, 2 * np.pi, count)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points.astype(np.float32), on_ring.astype(np.int64)


def clouds(count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Return points, float32 (count, 20), and classes 0 to 9; each class has two wide clouds."""
    cloud = random.integers(0, 20, count)
    centres = random.normal(size=(20, 20))
    points = centres[cloud] + random.normal(0, 1.5, (count, 20))
    return points.astype(np.float32), cloud % 10


def clouds_net(seed: int) -> cr.nn.Sequential:
    """Return a net with 64 ReLU units for `clouds`."""
    random = np.random.default_rng(seed)
    hidden, scores = cr.nn.Linear(20, 64, random=random), cr.nn.Linear(64, 10, random=random)
    return cr.nn.Sequential(hidden, cr.relu, scores)
