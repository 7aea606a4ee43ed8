"""Perplexity: the exponential of the mean negative log-likelihood."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.label_arrays import integers, require_in_range, require_scores
from chainrule.train.metrics.metric import Metric, MetricError


class Perplexity(Metric):
    """exp of the mean negative log-likelihood of the targets; 1 is perfect.

    It is infinite if a target has probability 0, or if it exceeds the range of float64.

    ignore  the target of positions that are left out, such as padding

    Predictions are scores before softmax (..., classes), targets integer labels (...). Computed in
    float64. Raises MetricError for NaN, +inf and labels out of range. Jelinek et al. (1977).
    """

    def __init__(self, *, ignore: int | None = None, name: str = "perplexity") -> None:
        self.ignore = ignore
        super().__init__(name)

    def reset(self) -> None:
        """Remove all batches."""
        self.total, self.count = 0.0, 0

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        right, scores = integers("targets", targets), np.atleast_1d(np.asarray(predictions))
        require_scores(scores, right)
        counted = np.ones(right.shape, bool) if self.ignore is None else right != self.ignore
        right, scores = right[counted], scores[counted].astype(np.float64)
        require_in_range("targets", right, scores.shape[-1])
        if np.isposinf(scores).any():
            raise MetricError(
                "The predictions hold the score +inf, for which softmax is undefined. "
                "cr.find_nan names the gate that produced it."
            )
        self.total += float(_negative_log_likelihood(scores, right).sum())
        self.count += right.size

    def value(self) -> float:
        """Return the perplexity over all batches."""
        self.require_some(self.count)
        try:
            return math.exp(self.total / self.count)
        except OverflowError:
            return math.inf


def perplexity(predictions: Any, targets: Any, *, ignore: int | None = None) -> float:
    """Return exp of the mean negative log-likelihood of the targets; see `Perplexity`."""
    return float(Perplexity(ignore=ignore).of(predictions, targets))


def _negative_log_likelihood(scores: Array, right: Array) -> Array:
    """Return -log softmax(scores)[right], shifted by the largest score of each row."""
    largest = np.nan_to_num(scores.max(axis=1, keepdims=True, initial=-np.inf), neginf=0.0)
    shifted = scores - largest
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(shifted).sum(axis=1))
    own = np.take_along_axis(shifted, right[:, None], axis=1)[:, 0]
    return np.where(own == -np.inf, np.inf, total - np.where(own == -np.inf, 0.0, own))
