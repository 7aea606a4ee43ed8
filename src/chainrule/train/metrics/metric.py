"""The base class of metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from chainrule.graph import ChainruleError


class MetricError(ChainruleError, ValueError):
    """Predictions and targets that are missing or cannot be compared."""


class Metric(ABC):
    """The base class of metrics, whose value over batches equals that over all samples at once.

    name  the name of the figure in the history
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()

    @abstractmethod
    def reset(self) -> None:
        """Remove all batches."""

    @abstractmethod
    def update(self, predictions: Any, targets: Any) -> None:
        """Add one batch; raises MetricError, and leaves the metric unchanged, if it cannot."""

    @abstractmethod
    def value(self) -> Any:
        """Return the figure over all batches; raises MetricError if there are no samples."""

    def of(self, predictions: Any, targets: Any) -> Any:
        """Return the figure of these predictions alone, and remove all batches."""
        self.reset()
        self.update(predictions, targets)
        found = self.value()
        self.reset()
        return found

    def require_some(self, count: int) -> None:
        """Raise MetricError for a count of 0."""
        if not count:
            raise MetricError(
                f"The value of {self.name!r} was requested, but there are no samples. Call update "
                "with predictions and targets first, some of which are not ignored."
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"
