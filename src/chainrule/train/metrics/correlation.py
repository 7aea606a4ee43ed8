"""Correlations of predictions and targets: Pearson's of the numbers, Spearman's of their ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.metric import Metric
from chainrule.train.metrics.regression import numbers_of


class _Correlation(Metric):
    """A correlation; all numbers are kept, since ranks are known at the end only."""

    def reset(self) -> None:
        """Remove all batches."""
        self._found: list[Array] = []
        self._wanted: list[Array] = []

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        found, wanted = numbers_of(predictions, targets)
        self._found.append(found.ravel())
        self._wanted.append(wanted.ravel())

    def _numbers(self) -> tuple[Array, Array]:
        self.require_some(sum(map(len, self._wanted)))
        return np.concatenate(self._found), np.concatenate(self._wanted)


class Pearson(_Correlation):
    """Pearson's correlation over all elements, from -1 to 1: covariance / (deviations' product).

    0 where predictions or targets are all equal. Computed in float64. Predictions and targets are
    numbers of equal shape. Raises MetricError otherwise, and for NaN.
    """

    def __init__(self, *, name: str = "pearson") -> None:
        super().__init__(name)

    def value(self) -> float:
        """Return the correlation over all batches."""
        return _correlation(*self._numbers())


class Spearman(_Correlation):
    """Spearman's correlation over all elements: Pearson's of the ranks, ties with their mean rank.

    0 where predictions or targets are all equal. Predictions and targets are numbers of equal
    shape. Raises MetricError otherwise, and for NaN.
    """

    def __init__(self, *, name: str = "spearman") -> None:
        super().__init__(name)

    def value(self) -> float:
        """Return the correlation over all batches."""
        found, wanted = self._numbers()
        return _correlation(_ranks(found), _ranks(wanted))


def pearson(predictions: Any, targets: Any) -> float:
    """Return Pearson's correlation over all elements, from -1 to 1; see `Pearson`."""
    return float(Pearson().of(predictions, targets))


def spearman(predictions: Any, targets: Any) -> float:
    """Return Spearman's correlation over all elements, from -1 to 1; see `Spearman`."""
    return float(Spearman().of(predictions, targets))


def _correlation(found: Array, wanted: Array) -> float:
    if np.ptp(found) == 0 or np.ptp(wanted) == 0:
        return 0.0  # a mean of equal numbers is rounded, and their deviations from it are not 0
    found, wanted = found - found.mean(), wanted - wanted.mean()
    scale = float(np.linalg.norm(found) * np.linalg.norm(wanted))
    return float(found @ wanted) / scale if scale else 0.0


def _ranks(numbers: Array) -> Array:
    """Return the ranks from 0, float64; equal numbers have the mean of their ranks."""
    _, group, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Array = ends - (counts + 1) / 2
    return means[group]
