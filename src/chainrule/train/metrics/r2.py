"""R²: the share of the variance of the targets that the predictions explain."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.metric import Metric, MetricError
from chainrule.train.metrics.regression import numbers_of


class R2(Metric):
    """1 - Σ(target - prediction)² / Σ(target - mean)², averaged over the outputs.

    1 is perfect; predicting the mean of the targets gives 0, and worse predictions give negative
    values. An output whose targets are all equal counts 1 if predicted exactly, else 0.

    Predictions and targets are numbers (samples, ...) of equal shape; at least two samples are
    needed. Sums of squares around the mean are merged batch by batch without cancellation, in
    float64: Chan, Golub and LeVeque (1983). Raises MetricError for other shapes, and NaN.
    """

    def __init__(self, *, name: str = "r2") -> None:
        super().__init__(name)

    def reset(self) -> None:
        """Remove all batches."""
        self.count = 0
        self.mean: Array = np.zeros(0)
        self.spread: Array = np.zeros(0)
        self.residual: Array = np.zeros(0)

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        found, wanted = (_columns(each) for each in numbers_of(predictions, targets))
        new = len(wanted)
        if not new:
            return
        self._require_outputs(wanted.shape[1])
        if not self.count:
            self.mean, self.spread, self.residual = np.zeros((3, wanted.shape[1]))
        mean, total = wanted.mean(axis=0), self.count + new
        away = mean - self.mean
        own = np.square(wanted - mean).sum(axis=0)
        self.spread = self.spread + own + np.square(away) * (self.count * new / total)
        self.mean = self.mean + away * (new / total)
        self.residual = self.residual + np.square(wanted - found).sum(axis=0)
        self.count = total

    def value(self) -> float:
        """Return R² over all samples."""
        self.require_some(self.count)
        if self.count < 2:
            raise MetricError(
                "R² was requested for one sample, which has no variance. Give at least two."
            )
        exact = (self.residual == 0).astype(np.float64)
        shares = np.divide(self.residual, self.spread, out=1 - exact, where=self.spread > 0)
        return float((1 - shares).mean())

    def _require_outputs(self, outputs: int) -> None:
        if self.count and outputs != len(self.mean):
            raise MetricError(
                f"A batch of {outputs} outputs per sample was given after batches of "
                f"{len(self.mean)}. Reset the metric before it is used for another model."
            )


def r2(predictions: Any, targets: Any) -> float:
    """Return the share of the variance of the targets that the predictions explain; see `R2`."""
    return float(R2().of(predictions, targets))


def _columns(numbers: Array) -> Array:
    """Return numbers as (samples, outputs); a scalar is one sample."""
    samples = len(numbers) if numbers.ndim else 1
    return numbers.reshape(samples, numbers.size // max(samples, 1))
