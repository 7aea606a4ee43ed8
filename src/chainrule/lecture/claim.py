"""A claim of the lectures, and the outcome of its measurement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import chainrule as cr


@dataclass(frozen=True)
class Outcome:
    """The outcome of a measurement.

    figures  maps names to values with their units, in the order in which they are shown
    held     whether the claim is true of these figures
    because  one sentence with the figure that decides
    draw     draws the figures on an empty figure of matplotlib
    text     text that is shown above the figures
    graphs   the computational graphs of the claim, by title
    """

    figures: Mapping[str, str]
    held: bool
    because: str
    draw: Callable[[Any], None]
    text: str = ""
    graphs: Mapping[str, cr.Graph] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A claim that can be measured in less than a minute.

    name     its name on the command line
    says     the claim, in one sentence
    measure  measures it; its arguments are options of the measurement
    """

    name: str
    says: str
    measure: Callable[..., Outcome]

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the options of the measurement."""
        return tuple(signature(self.measure).parameters)


def claim(says: str) -> Callable[[Callable[..., Outcome]], Claim]:
    """Return a decorator that makes a claim, named like the function, of a function."""

    def made(measure: Callable[..., Outcome]) -> Claim:
        return Claim(measure.__name__.replace("_", "-"), says, measure)

    return made
