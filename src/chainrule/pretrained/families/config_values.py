"""Values of a configuration, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.pretrained.errors import PretrainedError

Config = Mapping[str, Any]


def count(config: Config, key: str, default: int, least: int = 1) -> int:
    """Return an integer of at least `least`; raises PretrainedError for anything else."""
    value = config.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _wrong(key, value, f"an integer of at least {least}")
    return value


def rate(config: Config, key: str, default: float) -> float:
    """Return a number from 0 to 1; raises PretrainedError for anything else."""
    value = config.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise _wrong(key, value, "a number from 0 to 1")
    return float(value)


def word(config: Config, key: str, default: str) -> str:
    """Return a string; raises PretrainedError for anything else."""
    value = config.get(key, default)
    if not isinstance(value, str):
        raise _wrong(key, value, "a word")
    return value


def flag(config: Config, key: str, default: bool) -> bool:
    """Return true or false; raises PretrainedError for anything else."""
    value = config.get(key, default)
    if not isinstance(value, bool):
        raise _wrong(key, value, "true or false")
    return value


def one_of(config: Config, key: str, choices: Sequence[str]) -> str:
    """Return one of some words, the first by default; raises PretrainedError for anything else."""
    value = word(config, key, choices[0])
    if value not in choices:
        raise _wrong(key, value, " or ".join(map(repr, choices)))
    return value


def label_names(config: Config) -> tuple[str, ...]:
    """Return the names of labels in order; two numbered labels if the configuration has none.

    Raises PretrainedError unless `id2label` gives a word to every number from 0.
    """
    names = config.get("id2label")
    if names is None:
        return numbered_labels(count(config, "num_labels", 2))
    numbers = [str(number) for number in range(len(names))] if isinstance(names, dict) else []
    if not numbers or any(not isinstance(names.get(each), str) for each in numbers):
        raise _wrong("id2label", names, 'a word for every number from "0"')
    return tuple(names[each] for each in numbers)


def numbered_labels(labels: int) -> tuple[str, ...]:
    """Return names for labels without names, as the hubs' files have them."""
    return tuple(f"LABEL_{number}" for number in range(labels))


def _wrong(key: str, value: Any, wanted: str) -> PretrainedError:
    found = f"{value!r:.80}" if not isinstance(value, float) or math.isfinite(value) else str(value)
    return PretrainedError(
        f"The configuration (config.json) has {key} {found}; it is {wanted}. Correct the file, or "
        "use another copy of the folder."
    )
