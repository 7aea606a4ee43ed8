"""Tables of names: which arrays of a file make up which parameter of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_ENDS = ("weight", "bias")


@dataclass(frozen=True)
class NameRow:
    """One parameter of ours, and the names of the arrays that are joined on axis 0 to make it."""

    ours: str
    theirs: tuple[str, ...]


def rows(table: Iterable[tuple[str, ...]], layers: int = 0) -> list[NameRow]:
    """Return a row per parameter from a table of patterns: our name first, then theirs.

    {i} stands for the number of a layer, from 0 to `layers` - 1, and * for weight and bias.
    """
    return [
        NameRow(ours, tuple(theirs))
        for pattern in table
        for ours, *theirs in _spelled(pattern, layers)
    ]


def _spelled(pattern: tuple[str, ...], layers: int) -> list[list[str]]:
    numbers: Iterable[object] = range(layers) if "{i}" in pattern[0] else ("",)
    ends = _ENDS if "*" in pattern[0] else ("",)
    return [
        [each.replace("{i}", str(number)).replace("*", end) for each in pattern]
        for number in numbers
        for end in ends
    ]
