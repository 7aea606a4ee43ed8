"""Accuracy: the share of correct predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.label_arrays import (
    integers,
    labels_of,
    require_in_range,
    require_scores,
)
from chainrule.train.metrics.metric import Metric, MetricError


class Accuracy(Metric):
    """The share of correct predictions, from 0 to 1.

    top        a prediction is correct if the target is among so many largest scores; of equal
               scores the first counts as the largest
    ignore     the target of positions that are left out, such as padding
    threshold  for one number per target: a number above it means class 1
    name       "accuracy", or "accuracy_top5" and the like, unless given

    Predictions are scores (..., classes) or integer labels (...), targets integer labels (...).
    Raises MetricError for other shapes, labels out of range, and NaN.
    """

    def __init__(
        self,
        *,
        top: int = 1,
        ignore: int | None = None,
        threshold: float | None = None,
        name: str | None = None,
    ) -> None:
        if top < 1:
            raise MetricError(f"Accuracy was given top={top}. Give 1 or more.")
        self.top, self.ignore, self.threshold = top, ignore, threshold
        super().__init__(name or ("accuracy" if top == 1 else f"accuracy_top{top}"))

    def reset(self) -> None:
        """Remove all batches."""
        self.correct = self.count = 0

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        if self.top > 1:
            right = _among_top(predictions, targets, self.top, self.ignore)
        else:
            found = labels_of(predictions, targets, ignore=self.ignore, threshold=self.threshold)
            right = found.predicted == found.right
        self.correct += int(right.sum())
        self.count += right.size

    def value(self) -> float:
        """Return the share of correct predictions; raises MetricError if there are none."""
        self.require_some(self.count)
        return self.correct / self.count


def accuracy(
    predictions: Any,
    targets: Any,
    *,
    top: int = 1,
    ignore: int | None = None,
    threshold: float | None = None,
) -> float:
    """Return the share of correct predictions, from 0 to 1; see `Accuracy`."""
    metric = Accuracy(top=top, ignore=ignore, threshold=threshold)
    return float(metric.of(predictions, targets))


def _among_top(predictions: Any, targets: Any, top: int, ignore: int | None) -> Array:
    """Return for every counted target whether fewer than `top` scores are above its own."""
    right, scores = integers("targets", targets), np.asarray(predictions)
    if scores.ndim == 0:
        raise MetricError("Accuracy with top above 1 was given a number. It needs scores.")
    require_scores(scores, right)
    counted = np.ones(right.shape, bool) if ignore is None else right != ignore
    right, scores = right[counted], scores[counted]
    require_in_range("targets", right, scores.shape[-1])
    own = np.take_along_axis(scores, right[:, None], axis=1)
    earlier = np.arange(scores.shape[-1]) < right[:, None]
    before: Array = (scores > own) | ((scores == own) & earlier)
    places: Array = before.sum(axis=1)
    return np.less(places, top)
