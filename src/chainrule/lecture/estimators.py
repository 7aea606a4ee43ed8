"""Estimates of two weights from few samples, with penalties, and their bias and variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array

SAMPLES, TRIALS, STEPS = 20, 2000, 800
TRUTH = np.array([1.5, 0.3])


@dataclass(frozen=True)
class Estimates:
    """Estimated weights, (trials, 2)."""

    weights: Array

    @property
    def bias(self) -> float:
        """The squared distance of the mean estimate from the truth."""
        return float(((self.weights.mean(axis=0) - TRUTH) ** 2).sum())

    @property
    def variance(self) -> float:
        """The sum of the variances of both weights."""
        return float(self.weights.var(axis=0).sum())

    @property
    def error(self) -> float:
        """The mean squared distance of the estimates from the truth."""
        return self.bias + self.variance

    @property
    def zeros(self) -> float:
        """The share of trials in which a weight is exactly 0."""
        return float((self.weights == 0).any(axis=1).mean())

    def __str__(self) -> str:
        return (
            f"bias² {self.bias:.3f} + variance {self.variance:.3f} = error {self.error:.3f}; a "
            f"weight is 0 in {self.zeros:.0%}"
        )


def samples() -> tuple[Array, Array]:
    """Return inputs, (samples, 2), and the targets of every trial, (trials, samples)."""
    random = np.random.default_rng(0)
    x = random.normal(size=(SAMPLES, 2)) @ np.linalg.cholesky([[1, 0.9], [0.9, 1]]).T
    return x, x @ TRUTH + random.normal(size=(TRIALS, SAMPLES))


def fitted(x: Array, y: Array, l2: float, l1: float) -> Array:
    """Return the weights that minimise the objective, (trials, 2)."""
    moments, rate = x.T @ x / len(x), 0.2
    towards = y @ x / len(x)

    @cr.compile
    def descent() -> Any:
        def step(w: Any, _: Any) -> Any:
            moved = w - rate * 2 * (w @ moments - towards + l2 * w)
            return cr.soft_shrink(moved, rate * l1), 0.0

        return cr.scan(step, np.zeros_like(towards), np.zeros(STEPS))[0]

    return np.asarray(descent())
