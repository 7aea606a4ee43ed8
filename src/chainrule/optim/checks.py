"""Checks of numeric options, counts and choices, with error messages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any


def require_positive(owner: str, **options: float) -> None:
    """Raise ValueError unless every option is a finite number above 0."""
    _require(owner, options, lambda x: _is_number(x) and 0 < x < math.inf, "a positive number")


def require_not_negative(owner: str, **options: float) -> None:
    """Raise ValueError unless every option is a finite number of 0 or more."""
    _require(owner, options, lambda x: _is_number(x) and 0 <= x < math.inf, "a number of 0 or more")


def require_rate(owner: str, **options: float) -> None:
    """Raise ValueError unless every option is a finite rate of 0 or more; 0 updates nothing."""
    wanted = "a positive number, or 0 to update nothing"
    _require(owner, options, lambda x: _is_number(x) and 0 <= x < math.inf, wanted)


def require_fraction(owner: str, **options: float) -> None:
    """Raise ValueError unless every option is a number in [0, 1)."""
    _require(
        owner, options, lambda x: _is_number(x) and 0 <= x < 1, "a number of 0 or more and below 1"
    )


def require_whole(owner: str, least: int, **options: int) -> None:
    """Raise ValueError unless every option is an integer of `least` or more."""
    _require(
        owner, options, lambda x: _is_whole(x) and x >= least, f"an integer of {least} or more"
    )


def require_rising(owner: str, **options: Sequence[int]) -> None:
    """Raise ValueError unless every option is an increasing sequence of steps above 0."""
    wanted = "steps, increasing integers above 0"
    _require(owner, options, _is_rising, wanted)


def require_one_of(owner: str, known: Sequence[str], **options: str) -> None:
    """Raise ValueError unless every option is one of the names in `known`."""
    _require(owner, options, lambda x: x in known, f"one of {', '.join(map(repr, known))}")


def _require(
    owner: str, options: Mapping[str, Any], holds: Callable[[Any], bool], wanted: str
) -> None:
    for name, value in options.items():
        if not holds(value):
            raise ValueError(f"{owner} was given {name}={value!r}. Give {wanted}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_rising(marks: Sequence[Any]) -> bool:
    return all(map(_is_whole, marks)) and all(a < b for a, b in pairwise([0, *marks]))
