"""Random numbers for problems, from generators with a fixed seed."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.problem import Array


def normal(random: np.random.Generator, *shape: int, deviation: float = 1.0) -> Array:
    """Return normally distributed float32 numbers."""
    return random.standard_normal(shape, dtype=np.float32) * np.float32(deviation)


def linear(
    random: np.random.Generator, name: str, inputs: int, outputs: int, *kernel: int
) -> dict[str, Array]:
    """Return the weight (outputs, inputs, *kernel) and the bias of a layer, under its name."""
    spread = 1 / math.sqrt(inputs * math.prod(kernel))
    return {
        f"{name}.weight": normal(random, outputs, inputs, *kernel, deviation=spread),
        f"{name}.bias": normal(random, outputs, deviation=0.01),
    }


def norm(random: np.random.Generator, name: str, width: int) -> dict[str, Array]:
    """Return the weight and the bias of a layer normalisation, under its name."""
    return {
        f"{name}.weight": 1 + normal(random, width, deviation=0.01),
        f"{name}.bias": normal(random, width, deviation=0.01),
    }


def zipf(random: np.random.Generator, vocabulary: int, *shape: int) -> Array:
    """Return ids of words, the frequent ones small: Zipf with exponent 1.3, clipped."""
    return np.minimum(random.zipf(1.3, shape) - 1, vocabulary - 1).astype(np.int64)


def labels(random: np.random.Generator, classes: int, count: int) -> Array:
    """Return class numbers, all equally likely."""
    return random.integers(0, classes, count)
