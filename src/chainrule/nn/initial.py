"""Initialisers of parameters: functions of a shape (outputs, inputs, ...) and a generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from chainrule.graph import DType, ShapeError

Array = np.ndarray[Any, Any]
Initialiser: TypeAlias = "Callable[[Sequence[int], np.random.Generator], Array]"


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return the fan-in and fan-out of a weight (outputs, inputs, ...).

    Further axes are those of the kernel of a convolution; their extents multiply both.
    """
    kernel = math.prod(shape[2:])
    outputs = shape[0] if shape else 1
    inputs = shape[1] if len(shape) > 1 else outputs
    return inputs * kernel, outputs * kernel


def drawn(
    initial: Initialiser, shape: tuple[int, ...], random: np.random.Generator, dtype: DType
) -> Array:
    """Return the values that an initialiser draws, in `dtype`.

    Raises TypeError unless `initial` is callable, ShapeError for values of another shape.
    """
    if not callable(initial):
        raise TypeError(
            f"{initial!r} was given as an initialiser. Give a function of a shape and a generator, "
            "such as cr.nn.initial.he_normal."
        )
    values = np.asarray(initial(shape, random))
    if values.shape != tuple(shape):
        name = getattr(initial, "__name__", type(initial).__name__)
        raise ShapeError(
            f"The initialiser {name} was asked for values of shape {shape}, but returned shape "
            f"{values.shape}. Return one value per element, such as np.full(shape, 0.5)."
        )
    return values.astype(dtype)


def zeros(shape: Sequence[int], random: np.random.Generator) -> Array:
    """Return zeros, for biases. With zero weights, all hidden units stay equal."""
    return np.zeros(tuple(shape))


def uniform(limit: float) -> Initialiser:
    """Return an initialiser that draws from the interval [-limit, limit)."""

    def draw(shape: Sequence[int], random: np.random.Generator) -> Array:
        return random.uniform(-limit, limit, tuple(shape))

    return draw


def normal(deviation: float) -> Initialiser:
    """Return an initialiser that draws from a normal distribution with mean 0."""

    def draw(shape: Sequence[int], random: np.random.Generator) -> Array:
        return random.normal(0.0, deviation, tuple(shape))

    return draw


def constant(value: float) -> Initialiser:
    """Return an initialiser that returns `value` for every element, for biases and slopes."""

    def draw(shape: Sequence[int], random: np.random.Generator) -> Array:
        return np.full(tuple(shape), float(value))

    return draw


def truncated_normal(deviation: float, limit: float = 2.0) -> Initialiser:
    """Return an initialiser that draws from a truncated normal distribution with mean 0.

    deviation  standard deviation before truncation; with limit 2 it is 0.88 times that after it
    limit      the bound of the values, in deviations

    Raises ValueError unless `limit` is positive.
    """
    if not limit > 0:
        raise ValueError(f"truncated_normal was given limit {limit}. Give a positive number.")

    def draw(shape: Sequence[int], random: np.random.Generator) -> Array:
        values = random.standard_normal(tuple(shape))
        while (outside := np.abs(values) > limit).any():
            values[outside] = random.standard_normal(int(outside.sum()))
        return values * deviation

    return draw


def orthogonal(gain: float = 1.0) -> Initialiser:
    """Return an initialiser of matrices whose rows, or columns if fewer, are orthonormal · gain.

    The axes after the first count as one. The initialiser raises ShapeError for fewer than two
    axes. Saxe, McClelland, Ganguli: Exact solutions to the nonlinear dynamics of learning in deep
    linear networks (2014).
    """

    def draw(shape: Sequence[int], random: np.random.Generator) -> Array:
        if len(shape) < 2:
            raise ShapeError(
                f"orthogonal was asked for the shape {tuple(shape)}. Only weights of two axes or "
                "more have rows and columns; begin biases with zeros."
            )
        rows, columns = shape[0], math.prod(shape[1:])
        tall = random.standard_normal((max(rows, columns), min(rows, columns)))
        basis, triangle = np.linalg.qr(tall)
        basis *= np.where(np.diag(triangle) < 0, -1.0, 1.0)  # else the draw would not be uniform
        return gain * (basis if rows >= columns else basis.T).reshape(tuple(shape))

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


def lecun_normal(shape: Sequence[int], random: np.random.Generator) -> Array:
    """Draw normally with variance 1 / inputs, for SELU and tanh: LeCun et al. (1998)."""
    return normal(math.sqrt(1 / _at_least_one(fans(shape)[0])))(shape, random)


def generator(random: np.random.Generator | int | None) -> np.random.Generator:
    """Return a generator from a generator, a seed, or None for fresh entropy."""
    return np.random.default_rng(random)


def _at_least_one(count: int) -> int:
    return max(1, count)
