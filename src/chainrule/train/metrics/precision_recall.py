"""Precision, recall and F1, per class or averaged, from the confusion matrix.

With tp, fp and fn the true positives, false positives and false negatives of a class:
precision = tp / (tp + fp), recall = tp / (tp + fn), F1 = 2 tp / (2 tp + fp + fn), and 0 where the
denominator is 0. van Rijsbergen: Information Retrieval (1979).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.confusion import ConfusionMatrix
from chainrule.train.metrics.metric import Metric, MetricError

Averaging = Literal["macro", "micro", "weighted"]
CountRatio = Callable[[Array, Array, Array], Array]


class _ConfusionRatio(Metric):
    """A ratio of the counts of each class, averaged over the classes."""

    ratio: CountRatio

    def __init__(
        self,
        *,
        average: Averaging | None = "macro",
        classes: int | None = None,
        ignore: int | None = None,
        threshold: float | None = None,
        name: str | None = None,
    ) -> None:
        if average is not None and average not in get_args(Averaging):
            raise MetricError(
                f"The average {average!r} was requested. Give one of "
                f"{', '.join(map(repr, get_args(Averaging)))}, or None for one figure per class."
            )
        self.average = average
        self.confusion = ConfusionMatrix(classes=classes, ignore=ignore, threshold=threshold)
        own = type(self).__name__.lower()
        suffix = "" if average == "macro" else f"_{average or 'per_class'}"
        super().__init__(name or own + suffix)

    def reset(self) -> None:
        """Remove all batches."""
        self.confusion.reset()

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        self.confusion.update(predictions, targets)

    def value(self) -> Any:
        """Return the figure over all batches: a float, or float64 (classes,) if average is None."""
        counts = self.confusion.counts
        self.require_some(int(counts.sum()))
        return averaged(type(self).ratio, counts, self.average)


def averaged(ratio: CountRatio, counts: Array, average: Averaging | None) -> Any:
    """Return a ratio of the counts of each class (tp, predicted, targets), averaged."""
    per_class = np.diagonal(counts), counts.sum(axis=0), counts.sum(axis=1)
    if average == "micro":
        return float(ratio(*(each.sum(keepdims=True) for each in per_class))[0])
    found = ratio(*per_class)
    if average is None:
        return found
    _, predicted, targets = per_class
    weights = targets if average == "weighted" else (predicted + targets) > 0
    return float(np.average(found, weights=weights))


def _precision(correct: Array, predicted: Array, targets: Array) -> Array:
    return _divided(correct, predicted)


def _recall(correct: Array, predicted: Array, targets: Array) -> Array:
    return _divided(correct, targets)


def _f1(correct: Array, predicted: Array, targets: Array) -> Array:
    return _divided(2 * correct, predicted + targets)


def _divided(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


class Precision(_ConfusionRatio):
    """The share of the predictions of a class that are correct; the options are those of `F1`."""

    ratio = staticmethod(_precision)


class Recall(_ConfusionRatio):
    """The share of the targets of a class that are predicted; the options are those of `F1`."""

    ratio = staticmethod(_recall)


class F1(_ConfusionRatio):
    """The harmonic mean of precision and recall of a class, averaged over classes.

    average    "macro", the mean over the classes that occur in predictions or targets; "micro", the
               ratio of the summed counts; "weighted", the mean weighted by the number of targets of
               each class; None, an array with one figure per class
    classes    the number of classes; by default that of the scores, or of the largest label
    ignore     the target of positions that are left out, such as padding
    threshold  for one number per target: a number above it means class 1

    Predictions are scores (..., classes) or integer labels (...), targets integer labels (...).
    Raises MetricError for other shapes, labels out of range, and NaN.
    """

    ratio = staticmethod(_f1)


def precision(predictions: Any, targets: Any, **options: Any) -> Any:
    """Return the share of the predictions of a class that are correct; options as in `F1`."""
    return Precision(**options).of(predictions, targets)


def recall(predictions: Any, targets: Any, **options: Any) -> Any:
    """Return the share of the targets of a class that are predicted; options as in `F1`."""
    return Recall(**options).of(predictions, targets)


def f1(predictions: Any, targets: Any, **options: Any) -> Any:
    """Return the harmonic mean of precision and recall; options as in `F1`."""
    return F1(**options).of(predictions, targets)
