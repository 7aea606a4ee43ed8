"""The text of a sentence of words, and the places of the words in it."""

from __future__ import annotations

from collections.abc import Sequence


def joined(words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of words, with blanks between them unless words are blanks themselves."""
    between = separator(words)
    places, at = [], 0
    for word in words:
        places.append((at, at + len(word)))
        at += len(word) + len(between)
    return between.join(words), places


def separator(words: Sequence[str]) -> str:
    """Return what stands between words: nothing if one of them is a blank."""
    return "" if any(map(str.isspace, words)) else " "
