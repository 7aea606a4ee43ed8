"""The check of arguments that are integers."""

from __future__ import annotations

import math
from operator import index
from typing import Any

from chainrule.train.errors import TrainingError


def whole_number(asked: str, name: str, value: Any, least: int, below: float = math.inf) -> int:
    """Return an integer of any integer type as an int; raises TrainingError for other values.

    asked  the name of the caller, for the message
    least  the smallest number that is allowed
    below  the first number that is too large
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or not least <= number < below:
        raise TrainingError(
            f"{asked} was given {name}={value!r}. Give an integer of {least} or more."
        )
    return number
