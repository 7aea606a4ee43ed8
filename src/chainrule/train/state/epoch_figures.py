"""The numbers in the record of an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

POSITION = ("epoch", "step")
_SPEED = ("learning_rate", "seconds", "samples_per_second")


def numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the entries that are single numbers, which excludes confusion matrices."""
    return {name: float(value) for name, value in record.items() if isinstance(value, Real)}


def figures(record: Mapping[str, Any]) -> dict[str, float]:
    """Return loss and metrics: the numbers that rate the model."""
    return {
        name: value for name, value in numbers(record).items() if name not in (*POSITION, *_SPEED)
    }
