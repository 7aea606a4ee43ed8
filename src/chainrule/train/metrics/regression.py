"""Metrics of regression: mean absolute error and mean squared error."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.label_arrays import require_no_nan
from chainrule.train.metrics.metric import Metric, MetricError


def numbers_of(predictions: Any, targets: Any) -> tuple[Array, Array]:
    """Return predictions and targets in float64; raises MetricError unless their shapes agree."""
    found, wanted = np.asarray(predictions), np.asarray(targets)
    if found.shape != wanted.shape:
        raise MetricError(
            f"Predictions of shape {found.shape} were given for targets of shape {wanted.shape}. "
            "Give one number per target; reshape one of them."
        )
    for what, each in (("predictions", found), ("targets", wanted)):
        if each.dtype.kind not in "biuf":
            raise MetricError(
                f"The {what} are {each.dtype}, but numbers are needed. Convert them first."
            )
        require_no_nan(what, each)
    return found.astype(np.float64), wanted.astype(np.float64)


class _MeanError(Metric):
    def reset(self) -> None:
        """Remove all batches."""
        self.total, self.count = 0.0, 0

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        found, wanted = numbers_of(predictions, targets)
        self.total += float(self.error(found - wanted).sum())
        self.count += found.size

    def value(self) -> float:
        """Return the mean over all elements."""
        self.require_some(self.count)
        return self.total / self.count

    @staticmethod
    @abstractmethod
    def error(difference: Array) -> Array:
        """Return the error of each element."""


class MeanAbsoluteError(_MeanError):
    """The mean of |prediction - target| over all elements, computed in float64.

    Predictions and targets are numbers of equal shape. Raises MetricError otherwise, and for NaN.
    """

    def __init__(self, *, name: str = "mean_absolute_error") -> None:
        super().__init__(name)

    @staticmethod
    def error(difference: Array) -> Array:
        """Return the error of each element."""
        return np.abs(difference)


class MeanSquaredError(_MeanError):
    """The mean of (prediction - target)² over all elements, computed in float64.

    Predictions and targets are numbers of equal shape. Raises MetricError otherwise, and for NaN.
    """

    def __init__(self, *, name: str = "mean_squared_error") -> None:
        super().__init__(name)

    @staticmethod
    def error(difference: Array) -> Array:
        """Return the error of each element."""
        return np.square(difference)


def mean_absolute_error(predictions: Any, targets: Any) -> float:
    """Return the mean of |prediction - target| over all elements."""
    return float(MeanAbsoluteError().of(predictions, targets))


def mean_squared_error(predictions: Any, targets: Any) -> float:
    """Return the mean of (prediction - target)² over all elements."""
    return float(MeanSquaredError().of(predictions, targets))
