"""What every metric can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from chainrule.graph import ChainruleError


class MetricError(ChainruleError, ValueError):
    """Predictions and targets that cannot be compared, or none at all."""


class Metric(ABC):
    """A figure gathered batch by batch: over batches it is what it is over all of them at once.

    name  under which a training loop shows it
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()

    @abstractmethod
    def reset(self) -> None:
        """Forget all batches."""

    @abstractmethod
    def update(self, predictions: Any, targets: Any) -> None:
        """Count one batch more; raises MetricError, and counts nothing, if it cannot."""

    @abstractmethod
    def value(self) -> Any:
        """Return the figure over all batches; raises MetricError if there was nothing to judge."""

    def of(self, predictions: Any, targets: Any) -> Any:
        """Return the figure of these predictions alone, and forget all batches."""
        self.reset()
        self.update(predictions, targets)
        found = self.value()
        self.reset()
        return found

    def require_some(self, count: int) -> None:
        """Raise MetricError for a count of 0."""
        if not count:
            raise MetricError(
                f"The value of {self.name!r} was asked for, but nothing was there to judge. Give "
                "it predictions and targets first, of which some are not ignored."
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"
