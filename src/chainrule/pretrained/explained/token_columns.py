"""Columns of tokens for terminals, where letters of some scripts are two cells wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def cells(text: str) -> int:
    """Return the number of cells of a terminal that a text takes."""
    return sum(_cells(letter) for letter in text)


def column(texts: Sequence[str]) -> list[str]:
    """Return texts padded to one width."""
    width = max(map(cells, texts), default=0)
    return [each + " " * (width - cells(each)) for each in texts]


def _cells(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
