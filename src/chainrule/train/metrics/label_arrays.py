"""Predicted and target labels of classification metrics, checked and converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.metrics.metric import MetricError


@dataclass(frozen=True)
class Labels:
    """Predicted and target labels, int64 (n,), without ignored ones, and the number of classes."""

    predicted: Array
    right: Array
    classes: int | None


def labels_of(
    predictions: Any,
    targets: Any,
    *,
    classes: int | None = None,
    ignore: int | None = None,
    threshold: float | None = None,
) -> Labels:
    """Return the predicted labels and the target labels.

    predictions  scores (..., classes), of which the first largest is chosen; or labels of the shape
                 of the targets; or with a threshold, numbers (...) or (..., 1): 1 above it, else 0
    targets      integers (...) from 0 to classes - 1
    ignore       the target of positions that are left out, such as padding

    Raises MetricError for other shapes and dtypes, NaN, and labels out of range.
    """
    right = integers("targets", targets)
    given = np.asarray(predictions)
    if given.ndim == right.ndim + 1 and threshold is None:
        require_scores(given, right)
        classes = given.shape[-1] if classes is None else _agreed(classes, given)
        predicted = given.argmax(axis=-1) if given.size else np.zeros(right.shape, np.int64)
    else:
        predicted = _labels(given, right, threshold)
    counted = np.ones(right.shape, bool) if ignore is None else right != ignore
    chosen = Labels(predicted[counted], right[counted], classes)
    limit = 2 if threshold is not None and classes is None else classes
    require_in_range("predictions", chosen.predicted, limit)
    require_in_range("targets", chosen.right, limit)
    return chosen


def integers(what: str, labels: Any) -> Array:
    """Return labels as int64, bools as 0 and 1; raises MetricError for other dtypes."""
    array = np.asarray(labels)
    if array.dtype.kind not in "biu" and array.size:
        raise MetricError(
            f"The {what} are {array.dtype}, but labels are integers. Convert them first, for "
            "example with astype('int64'), or number the names of your classes."
        )
    return array.astype(np.int64)


def require_scores(scores: Array, right: Array) -> None:
    """Raise MetricError unless scores are numbers (..., classes) for labels (...)."""
    if scores.shape[:-1] != right.shape or scores.dtype.kind not in "fiub":
        raise MetricError(
            f"Predictions of shape {scores.shape} ({scores.dtype}) were given for targets of shape "
            f"{right.shape}. Give scores (*shape of targets, classes), or one label per target."
        )
    if scores.shape[-1] < 2:
        raise MetricError(
            f"Predictions of shape {scores.shape} are scores of {scores.shape[-1]} classes, but at "
            "least two are needed. Give threshold=, above which a single score means class 1, "
            "where the metric takes it, or one score per class."
        )
    require_no_nan("predictions", scores)


def require_no_nan(what: str, numbers: Array) -> None:
    """Raise MetricError with the first position if one of the numbers is NaN."""
    if numbers.dtype.kind == "f" and np.isnan(numbers).any():
        place = tuple(map(int, np.argwhere(np.isnan(numbers))[0]))
        raise MetricError(
            f"The {what} are NaN at position {place}, so the metric is undefined. "
            "cr.find_nan names the gate that produced them."
        )


def require_in_range(what: str, labels: Array, classes: int | None) -> None:
    """Raise MetricError unless labels are 0 or more, and below `classes` if it is given."""
    if not labels.size:
        return
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or (classes is not None and high >= classes):
        known = "0 upwards" if classes is None else f"0 to {classes - 1}"
        raise MetricError(
            f"The {what} hold the label {low if low < 0 else high}, but labels run from {known}. "
            "Pass the label of padding as ignore=."
        )


def _labels(given: Array, right: Array, threshold: float | None) -> Array:
    if threshold is not None and given.shape == (*right.shape, 1):
        given = given[..., 0]
    if given.shape != right.shape:
        raise MetricError(
            f"Predictions of shape {given.shape} were given for targets of shape {right.shape}. "
            "Give scores (*shape of targets, classes), or one label per target."
        )
    if threshold is not None:
        require_no_nan("predictions", given)
        return (given > threshold).astype(np.int64)
    if given.dtype.kind == "f" and given.size:
        raise MetricError(
            f"Predictions of shape {given.shape} are {given.dtype}: one number per target, which "
            "is not a label. Give threshold=, above which the label is 1, or scores with one "
            "column per class."
        )
    return integers("predictions", given)


def _agreed(classes: int, scores: Array) -> int:
    if scores.shape[-1] != classes:
        raise MetricError(
            f"Scores of {scores.shape[-1]} classes were given to a metric of {classes} classes. "
            "Make the metric for the classes of the model."
        )
    return classes
