"""The confusion matrix: the number of samples per target class and predicted class."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.label_arrays import labels_of
from chainrule.train.metrics.metric import Metric


class ConfusionMatrix(Metric):
    """The counts int64 (classes, classes) of samples by target class (row) and prediction (column).

    classes    the number of classes; by default that of the scores, or of the largest label
    ignore     the target of positions that are left out, such as padding
    threshold  for one number per target: a number above it means class 1

    Predictions are scores (..., classes) or integer labels (...), targets integer labels (...).
    Raises MetricError for other shapes, labels out of range, and NaN.
    """

    def __init__(
        self,
        *,
        classes: int | None = None,
        ignore: int | None = None,
        threshold: float | None = None,
        name: str = "confusion_matrix",
    ) -> None:
        self.classes, self.ignore, self.threshold = classes, ignore, threshold
        super().__init__(name)

    def reset(self) -> None:
        """Remove all batches."""
        size = self.classes or (2 if self.threshold is not None else 0)
        self.counts: Array = np.zeros((size, size), np.int64)

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        found = labels_of(
            predictions,
            targets,
            classes=self.classes,
            ignore=self.ignore,
            threshold=self.threshold,
        )
        largest = (int(each.max(initial=-1)) + 1 for each in (found.predicted, found.right))
        size = max(found.classes or 0, len(self.counts), *largest)
        pairs = np.bincount(found.right * size + found.predicted, minlength=size * size)
        new = pairs.reshape(size, size)
        new[: len(self.counts), : len(self.counts)] += self.counts
        self.counts = new

    def value(self) -> Array:
        """Return a copy of the counts; raises MetricError if there are none."""
        self.require_some(int(self.counts.sum()))
        return self.counts.copy()


def confusion_matrix(
    predictions: Any,
    targets: Any,
    *,
    classes: int | None = None,
    ignore: int | None = None,
    threshold: float | None = None,
) -> Array:
    """Return counts int64 (classes, classes) by target and prediction; see `ConfusionMatrix`."""
    metric = ConfusionMatrix(classes=classes, ignore=ignore, threshold=threshold)
    counts: Array = metric.of(predictions, targets)
    return counts
