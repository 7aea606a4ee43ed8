"""A claim of the lectures, and what came out when it was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What was measured.

    figures  what it is, and its value with the unit, in the order in which they are shown
    held     whether the claim is true of these figures
    because  the figure that decides, in one sentence
    draw     draws the figures on an empty figure of matplotlib
    text     what else is shown, above the figures
    """

    figures: Mapping[str, str]
    held: bool
    because: str
    draw: Callable[[Any], None]
    text: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim that can be measured, in less than a minute.

    name     as on the command line
    row      its number in the notes of the lectures, such as A8
    says     what is claimed, in one sentence
    measure  measures it
    """

    name: str
    row: str
    says: str
    measure: Callable[[], Outcome]


def claim(row: str, says: str) -> Callable[[Callable[[], Outcome]], Claim]:
    """Make a claim of the function below, called as the function is."""

    def made(measure: Callable[[], Outcome]) -> Claim:
        return Claim(measure.__name__.replace("_", "-"), row, says, measure)

    return made
