"""Metrics that users pass: objects with the methods of a metric, and plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.train.metrics.metric import Metric, MetricError


@runtime_checkable
class BatchwiseMetric(Protocol):
    """The methods that a training loop calls on a metric; `Metric` has them.

    The name of the metric is its attribute `name`, or that of its class.
    """

    def reset(self) -> Any:
        """Remove all batches."""

    def update(self, predictions: Any, targets: Any, /) -> Any:
        """Add one batch."""

    def value(self) -> Any:
        """Return the figure over all batches."""


MetricLike = Metric | BatchwiseMetric | Callable[[Any, Any], Any]


def as_metric(given: Any) -> Metric | None:
    """Return a Metric for an object or a function, None for other values."""
    if isinstance(given, Metric):
        return given
    if isinstance(given, type):
        return None
    if isinstance(given, BatchwiseMetric):
        return ObjectMetric(given)
    return FunctionMetric(given) if callable(given) else None


class ObjectMetric(Metric):
    """A metric that calls an object with the methods of a metric."""

    def __init__(self, given: BatchwiseMetric) -> None:
        self.given = given
        name = getattr(given, "name", None)
        super().__init__(name if isinstance(name, str) else type(given).__name__)

    def reset(self) -> None:
        """Remove all batches."""
        self.given.reset()

    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch."""
        self.given.update(predictions, targets)

    def value(self) -> Any:
        """Return the figure over all batches."""
        return _plain(self.given.value())


class FunctionMetric(Metric):
    """A metric that calls a function once with the predictions and targets of all batches.

    All batches are kept, because a mean over batches differs from the figure for most functions.
    """

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function
        super().__init__(str(getattr(function, "__name__", type(function).__name__)))

    def reset(self) -> None:
        """Remove all batches."""
        self._predictions: list[Any] = []
        self._targets: list[Any] = []

    def update(self, predictions: Any, targets: Any) -> None:
        """Keep a copy of one batch."""
        self._predictions.append(_copied(predictions))
        self._targets.append(_copied(targets))

    def value(self) -> Any:
        """Return the value of the function for all batches."""
        self.require_some(len(self._targets))
        found = self.function(self._joined(self._predictions), self._joined(self._targets))
        return _plain(found)

    def _joined(self, batches: list[Any]) -> Any:
        if isinstance(batches[0], tuple):
            return tuple(self._joined(list(each)) for each in zip(*batches, strict=True))
        shapes = {each.shape[1:] for each in batches}
        if len(shapes) > 1:
            raise MetricError(
                f"The metric {self.name!r} is a function that takes all batches as one array, but "
                f"their samples have the shapes {', '.join(map(str, sorted(shapes)))}. Give an "
                "object with the methods reset, update and value, which takes them one by one."
            )
        return np.concatenate(batches)


def _copied(batch: Any) -> Any:
    if isinstance(batch, tuple):
        return tuple(map(_copied, batch))
    array: Array = np.array(batch)
    return array


def _plain(found: Any) -> Any:
    return found.read() if isinstance(found, Tensor) else found
