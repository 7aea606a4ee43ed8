"""The confusion matrix: how often each class was taken for each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.label_arrays import labels_of
from chainrule.train.metrics.metric import Metric


class ConfusionMatrix(Metric):
    """Counts int64 (classes, classes): of the targets of each row, those predicted as each column.

    classes    their number; that of the scores, or of the largest label met, unless given
    ignore     the target of positions that do not count, such as padding
    threshold  above which a single number per target means class 1

    Predictions are scores (..., classes) or labels (...), targets labels (...).
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
        """Forget all batches."""
        size = self.classes or (2 if self.threshold is not None else 0)
        self.counts: Array = np.zeros((size, size), np.int64)

    def update(self, predictions: Any, targets: Any) -> None:
        """Count one batch more."""
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
        """Return the counts of all that were given."""
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
    """Return how often each class was taken for each other; see `ConfusionMatrix`."""
    metric = ConfusionMatrix(classes=classes, ignore=ignore, threshold=threshold)
    counts: Array = metric.of(predictions, targets)
    return counts
