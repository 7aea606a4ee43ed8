"""Checks, and the division of the samples, of estimators whose samples are not rows of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length

from chainrule.train import EarlyStopping

T = TypeVar("T")


def listed(samples: Iterable[Any], name: str) -> list[Any]:
    """Return samples as a list; raises ValueError for a single text, and for none at all."""
    if isinstance(samples, str | bytes) or not isinstance(samples, Iterable):
        raise ValueError(
            f"{name} was given as {type(samples).__name__}. Give a list with an entry per sample."
        )
    return list(samples)


def require_pairs(x: Sequence[Any], y: Sequence[Any]) -> None:
    """Raise ValueError unless there are samples, and one target for each."""
    check_consistent_length(x, y)
    if not len(x):
        raise ValueError("X has 0 samples, and training needs some. Give samples and targets.")


def further(settings: Mapping[str, Any] | None, own: Mapping[str, str]) -> dict[str, Any]:
    """Return further settings; raises ValueError for one that has a parameter of its own.

    own  the parameters of the estimator, by the names of the settings
    """
    for name in settings or {}:
        if name in own:
            raise ValueError(
                f"The setting {name!r} was given in settings. Give the parameter {own[name]} "
                "instead, so that the two cannot differ."
            )
    return dict(settings or {})


def seed_of(random_state: Any) -> int:
    """Return a seed, drawn from a RandomState if one is given."""
    return int(check_random_state(random_state).randint(2**31 - 1))


def divided(
    samples: Sequence[T], fraction: Any, seed: int, stratify: Any = None
) -> tuple[list[T], list[T]]:
    """Return samples for training, and held-out ones, of which there are none if `fraction` is 0.

    Raises ValueError for a fraction that is not from 0 to below 1.
    """
    if not isinstance(fraction, Real) or not 0 <= float(fraction) < 1:
        raise ValueError(
            f"validation_fraction was given {fraction!r}. Give a share from 0 to below 1."
        )
    if not fraction:
        return list(samples), []
    numbers = np.arange(len(samples))
    learned, held_out = train_test_split(
        numbers, test_size=float(fraction), random_state=seed, stratify=stratify
    )
    return [samples[i] for i in learned], [samples[i] for i in held_out]


def best_kept(figure: str, patience: int) -> tuple[EarlyStopping]:
    """Return what ends training, and keeps the epoch whose figure on held-out samples is best."""
    return (EarlyStopping(figure, mode="max", patience=patience, restore_best=True),)
