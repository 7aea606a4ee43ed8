"""Kinds of values that are read from files, and checks of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.train.errors import TrainingError

_LARGEST = 2**63


@dataclass(frozen=True)
class ValueKind:
    """A kind of values: its name in messages, and a function that recognises it."""

    words: str
    holds: Callable[[Any], bool]


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < _LARGEST


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST


def _is_text(value: Any) -> bool:
    """Return whether a value is text without lone surrogates, which JSON can hold."""
    try:
        return isinstance(value, str) and value.encode("utf-8") is not None
    except UnicodeEncodeError:
        return False


COUNT = ValueKind("an integer of 0 or more", lambda value: _is_whole(value, 0))
NUMBER_FROM_1 = ValueKind("an integer of 1 or more", lambda value: _is_whole(value, 1))
NUMBER = ValueKind("a finite number", _is_number)
OPTIONAL_NUMBER = ValueKind(
    "a finite number or null", lambda each: each is None or _is_number(each)
)
FLOAT = ValueKind("a number", lambda value: isinstance(value, float) or _is_number(value))
SIZE = ValueKind("a number of 0 or more", lambda value: FLOAT.holds(value) and not value < 0)
OPTIONAL_SIZE = ValueKind(
    "a number of 0 or more or null", lambda each: each is None or SIZE.holds(each)
)
TEXT = ValueKind("text", _is_text)
OPTIONAL_TEXT = ValueKind("text or null", lambda value: value is None or _is_text(value))
TRUTH = ValueKind("true or false", lambda value: isinstance(value, bool))
OBJECT = ValueKind("an object", lambda value: isinstance(value, dict))
LIST = ValueKind("a list", lambda value: isinstance(value, list | tuple))
FILLED = ValueKind("a list of at least one entry", lambda value: LIST.holds(value) and bool(value))


def wrong(found: Any, kinds: Mapping[str, ValueKind]) -> str | None:
    """Return a phrase on a missing or wrong entry of a JSON object, None if there is none."""
    if not isinstance(found, dict):
        return f"{_short(found)} is not an object"
    for name, kind in kinds.items():
        if name not in found:
            return f"{name!r} is missing"
        if not kind.holds(found[name]):
            return f"{name!r} is {_short(found[name])}, not {kind.words}"
    return None


def require_state(owner: Any, state: Any, **kinds: ValueKind) -> None:
    """Raise TrainingError, with the class of `owner`, unless `state` has entries of these kinds."""
    if (found := wrong(state, kinds)) is not None:
        raise TrainingError(f"The state of {type(owner).__name__} cannot be used: {found}.")


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
