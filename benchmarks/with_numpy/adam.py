"""Adam by hand: for whole parameters in place, and for the touched rows of a table."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.problem import LEARNING_RATE, Array

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """The state of one parameter."""

    def __init__(self, parameter: Array) -> None:
        self.parameter = parameter
        self.mean, self.square = np.zeros_like(parameter), np.zeros_like(parameter)
        self.steps = 0

    def step(self, gradient: Array) -> None:
        """Move the whole parameter."""
        self.parameter -= self._moved(self.mean, self.square, gradient)

    def step_rows(self, ids: Array, gradients: Array) -> None:
        """Move the rows `ids`, which may repeat, by their summed gradients."""
        order = np.argsort(ids, kind="stable")
        ordered = ids[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        rows = ordered[starts]
        mean, square = self.mean[rows], self.square[rows]
        summed = np.add.reduceat(gradients[order], starts, axis=0)
        self.parameter[rows] -= self._moved(mean, square, summed)
        self.mean[rows], self.square[rows] = mean, square

    def _moved(self, mean: Array, square: Array, gradient: Array) -> Array:
        """Update the moving averages in place, and return the step to be subtracted."""
        self.steps += 1
        mean *= BETA1
        mean += (1 - BETA1) * gradient
        square *= BETA2
        square += (1 - BETA2) * gradient * gradient
        root = np.sqrt(square)
        root *= 1 / math.sqrt(1 - BETA2**self.steps)
        root += EPSILON
        return LEARNING_RATE / (1 - BETA1**self.steps) * mean / root
