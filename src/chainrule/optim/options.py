"""The intervals that options of optimizers lie in."""

from __future__ import annotations

import math


def require_fraction(optimizer: str, **options: float) -> None:
    """Raise ValueError unless every option is from 0 to below 1."""
    for name, value in options.items():
        if not 0 <= value < 1:
            raise ValueError(
                f"{optimizer} was given the {name} {value}. Give one from 0 to below 1."
            )


def require_epsilon(optimizer: str, epsilon: float) -> None:
    """Raise ValueError unless `epsilon` is a finite number, not below 0."""
    if not 0 <= epsilon < math.inf:
        raise ValueError(
            f"{optimizer} was given epsilon {epsilon}. Give a small number, not below 0."
        )


def require_decay(optimizer: str, **options: float) -> None:
    """Raise ValueError unless every option is a finite number, not below 0."""
    for name, value in options.items():
        if not 0 <= value < math.inf:
            raise ValueError(
                f"{optimizer} was given the {name} {value}. Give a number, not below 0."
            )
