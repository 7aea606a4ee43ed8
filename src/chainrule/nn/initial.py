"""First values of parameters: functions of a shape (outputs, inputs, ...) and a generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Initialiser = Callable[[Sequence[int], np.random.Generator], Array]


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return the number of inputs and outputs of one unit of a weight (outputs, inputs, ...).

    Further axes are those of a convolution's kernel and multiply both.
    """
    kernel = math.prod(shape[2:])
    outputs = shape[0] if shape else 1
    inputs = shape[1] if len(shape) > 1 else outputs
    return inputs * kernel, outputs * kernel


def zeros(shape: Sequence[int], random: np.random.Generator) -> Array:
    """Return zeros: for biases. Zero weights keep all hidden units equal for ever."""
    return np.zeros(tuple(shape))


def uniform(limit: float) -> Initialiser:
    """Return an initialiser that draws from the interval [-limit, limit)."""

    def draw(shape: Sequence[int], random: np.random.Generator) -> Array:
        return random.uniform(-limit, limit, tuple(shape))

    return draw


def normal(deviation: float) -> Initialiser:
    """Return an initialiser that draws from a normal distribution around 0."""

    def draw(shape: Sequence[int], random: np.random.Generator) -> Array:
        return random.normal(0.0, deviation, tuple(shape))

    return draw


def xavier_uniform(shape: Sequence[int], random: np.random.Generator) -> Array:
    """Draw uniformly with variance 2 / (inputs + outputs): Glorot and Bengio (2010), eq. 16."""
    return uniform(math.sqrt(6 / _at_least_one(sum(fans(shape)))))(shape, random)


def xavier_normal(shape: Sequence[int], random: np.random.Generator) -> Array:
    """Draw normally with variance 2 / (inputs + outputs): Glorot and Bengio (2010)."""
    return normal(math.sqrt(2 / _at_least_one(sum(fans(shape)))))(shape, random)


def he_uniform(shape: Sequence[int], random: np.random.Generator) -> Array:
    """Draw uniformly with variance 2 / inputs, for ReLU: He et al. (2015)."""
    return uniform(math.sqrt(6 / _at_least_one(fans(shape)[0])))(shape, random)


def he_normal(shape: Sequence[int], random: np.random.Generator) -> Array:
    """Draw normally with variance 2 / inputs, for ReLU: He et al. (2015), eq. 10."""
    return normal(math.sqrt(2 / _at_least_one(fans(shape)[0])))(shape, random)


def generator(random: np.random.Generator | int | None) -> np.random.Generator:
    """Return the generator meant by a generator, a seed, or None for fresh entropy."""
    return np.random.default_rng(random)


def _at_least_one(count: int) -> int:
    return max(1, count)
