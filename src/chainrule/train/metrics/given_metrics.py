"""Metrics as users give them: objects of any class with the right methods, and plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.train.metrics.metric import Metric, MetricError


@runtime_checkable
class Gathering(Protocol):
    """What a training loop asks of a metric; `Metric` is one way to have it.

    Its name is its attribute `name`, or else that of its class.
    """

    def reset(self) -> Any:
        """Forget all batches."""

    def update(self, predictions: Any, targets: Any, /) -> Any:
        """Count one batch more."""

    def value(self) -> Any:
        """Return the figure over all batches."""


Given = Metric | Gathering | Callable[[Any, Any], Any]


def as_metric(given: Any) -> Metric | None:
    """Return what was given as a metric, None if it is none."""
    if isinstance(given, Metric):
        return given
    if isinstance(given, type):
        return None
    if isinstance(given, Gathering):
        return OfObject(given)
    return OfFunction(given) if callable(given) else None


class OfObject(Metric):
    """An object of another class that gathers batches."""

    def __init__(self, given: Gathering) -> None:
        self.given = given
        name = getattr(given, "name", None)
        super().__init__(name if isinstance(name, str) else type(given).__name__)

    def reset(self) -> None:
        """Forget all batches."""
        self.given.reset()

    def update(self, predictions: Any, targets: Any) -> None:
        """Count one batch more."""
        self.given.update(predictions, targets)

    def value(self) -> Any:
        """Return the figure over all batches."""
        return _plain(self.given.value())


class OfFunction(Metric):
    """A function of predictions and targets, called once with those of all batches.

    They are kept until then; a mean over batches would be another number for most functions.
    """

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function
        super().__init__(str(getattr(function, "__name__", type(function).__name__)))

    def reset(self) -> None:
        """Forget all batches."""
        self._predictions: list[Any] = []
        self._targets: list[Any] = []

    def update(self, predictions: Any, targets: Any) -> None:
        """Keep one batch more."""
        self._predictions.append(_copied(predictions))
        self._targets.append(_copied(targets))

    def value(self) -> Any:
        """Return what the function gives for all of them."""
        self.require_some(len(self._targets))
        found = self.function(self._joined(self._predictions), self._joined(self._targets))
        return _plain(found)

    def _joined(self, batches: list[Any]) -> Any:
        if isinstance(batches[0], tuple):
            return tuple(self._joined(list(each)) for each in zip(*batches, strict=True))
        shapes = {each.shape[1:] for each in batches}
        if len(shapes) > 1:
            raise MetricError(
                f"The metric {self.name!r} is a function, which gets all batches as one array, but "
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
