"""Gazetteers: lists of names with their types, found in sentences."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from copy import copy
from itertools import compress
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule.ner.settings import Units
from chainrule.storage import StorageError, read_input, shown
from chainrule.text import graphemes, normalise

_PLACES = 4  # B, I, E and S, the place of a word in a name
_LONGEST = {"words": 10, "characters": 30}  # units of a name; more are not compared
_MOST_TYPES = 15  # marks are bits of an int64


class GazetteerError(cr.ChainruleError, ValueError):
    """Raised for a gazetteer that cannot be read, or has other types than the training data."""


class Gazetteer:
    """Names with their types; a word of a sentence is marked with its places in matching names.

    names  pairs of a type and the words of a name, separated by blanks
    units  "characters" for sentences whose units are characters, with blanks between words
    types  the types, in the order of their marks

    Words are compared in normal form: lower case, digits replaced by 0. From left to right, the
    longest name of each type counts. Collobert et al. (2011), section 6.3.
    """

    def __init__(self, names: Iterable[tuple[str, str]], units: Units = "words") -> None:
        self.names = tuple(dict.fromkeys((kind, " ".join(name.split())) for kind, name in names))
        self.types = tuple(sorted({kind for kind, _ in self.names}))
        if not all(name for _, name in self.names):
            raise GazetteerError("A gazetteer has an empty name. Leave it out.")
        if not self.names or len(self.types) > _MOST_TYPES:
            raise GazetteerError(
                f"A gazetteer has names of 1 to {_MOST_TYPES} types, and {len(self.types)} were "
                "given. Leave types out."
            )
        number_of = {kind: number for number, kind in enumerate(self.types)}
        self._entries = [
            (tuple(map(normalise, _units(name, units)))[: _LONGEST[units]], number_of[kind])
            for kind, name in self.names
        ]
        self._index(self._entries)

    def _index(self, entries: Iterable[tuple[tuple[str, ...], int]]) -> None:
        self._known: dict[tuple[str, ...], list[int]] = {}
        self._longest: dict[str, int] = {}  # the words of the longest name, by its first word
        for words, kind in entries:
            self._known.setdefault(words, []).append(kind)
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    def some(self, share: float, random: np.random.Generator) -> Gazetteer:
        """Return a gazetteer that finds a random share of the names, with the same marks."""
        found = copy(self)
        kept = random.random(len(self._entries)) < share
        found._index(compress(self._entries, kept.tolist()))
        return found

    @property
    def size(self) -> int:
        """The number of marks that a word can have."""
        return _PLACES * len(self.types)

    def marks(self, words: Sequence[str]) -> list[int]:
        """Return the marks of the words of a sentence: bit 4 type + place is set for a match."""
        forms = [normalise(word) for word in words]
        found, free = [0] * len(words), [0] * len(self.types)
        for start, form in enumerate(forms):
            for size in range(min(self._longest.get(form, 0), len(forms) - start), 0, -1):
                for kind in self._known.get(tuple(forms[start : start + size]), ()):
                    if free[kind] <= start:
                        free[kind] = start + size
                        _mark(found, start, size, _PLACES * kind)
        return found

    def columns(self, marks: Sequence[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Return marks as float32 (words, size), 1 where a bit is set."""
        bits = np.array(marks, np.int64)[:, None] >> np.arange(self.size)
        return (bits & 1).astype(np.float32)


def read_gazetteer(
    path: str | os.PathLike[str], types: Iterable[str], units: Units = "words"
) -> Gazetteer:
    """Read a gazetteer: a type and a name per line, separated by a blank or tab.

    types  the types of the training data
    units  the units of its sentences, "words" or "characters"

    Raises GazetteerError, with the line, for other types and for a line without a name.
    """
    known, path = sorted(set(types)), Path(path)
    try:
        text = read_input(path).decode("utf-8-sig")
    except (StorageError, UnicodeDecodeError, OSError) as error:
        raise GazetteerError(f"The gazetteer {shown(path)} cannot be read: {error}") from error
    names = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        kind, *words = line.split()
        if kind not in known or not words:
            raise GazetteerError(
                f"{shown(path)}, line {number}, is {line!r}. Write a type and a name; the types of "
                f"the training data are {', '.join(known)}."
            )
        names.append((kind, " ".join(words)))
    if not names:
        raise GazetteerError(f"The gazetteer {shown(path)} holds no name. Give types and names.")
    return Gazetteer(names, units)


def _units(name: str, units: Units) -> list[str]:
    return name.split() if units == "words" else graphemes(name)


def _mark(found: list[int], start: int, size: int, first: int) -> None:
    """Set the bits of a match of `size` words, from bit `first` on in the order B, I, E, S."""
    if size == 1:
        found[start] |= 1 << (first + 3)
        return
    found[start] |= 1 << first
    found[start + size - 1] |= 1 << (first + 2)
    for place in range(start + 1, start + size - 1):
        found[place] |= 1 << (first + 1)
