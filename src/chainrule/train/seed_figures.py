"""Figures of several ways of training, one per seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from chainrule.graph import Array

Name = TypeVar("Name", bound=str)


def ranking(figures: Mapping[Name, Array]) -> list[Name]:
    """Return the names, the one with the best mean over the seeds first."""
    return sorted(figures, key=lambda name: float(figures[name].mean()), reverse=True)


def spread(values: Array, form: str, width: int = 0) -> str:
    """Return the mean of the seeds in a format such as ".2%", and " ± " their deviation.

    width  the least number of letters of the mean

    The standard deviation is left out for a single seed.
    """
    deviation = f" ± {values.std(ddof=1):{form}}" if len(values) > 1 else ""
    return f"{format(values.mean(), form):>{width}}{deviation}"
