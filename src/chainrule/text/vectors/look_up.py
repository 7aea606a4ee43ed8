"""Look-up of words in vectors: a chain of forms, and a report of what each of them found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.text.vectors.word_list import WordList

UNKNOWN_ROW = -1
FORMS = ("exact", "NFC", "lower case", "digits to 0", "unknown")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Matches:
    """The rows of words, and the form in which each was found.

    rows   int64 (words,); -1 for an unknown word
    forms  int64 (words,): positions in `FORMS`
    types  the form of every distinct word
    """

    rows: npt.NDArray[np.int64]
    forms: npt.NDArray[np.int64]
    types: dict[str, int]

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return by form how many tokens and how many types it found; the last one is unknown."""
        tokens = np.bincount(self.forms, minlength=len(FORMS)).tolist()
        types = np.bincount([*self.types.values()], minlength=len(FORMS)).tolist()
        return dict(zip(FORMS, zip(tokens, types, strict=True), strict=True))

    def __str__(self) -> str:
        tokens, types = max(1, len(self.forms)), max(1, len(self.types))
        lines = [f"{'form':12} {'tokens':>10}          {'types':>10}"]
        for form, (of_tokens, of_types) in self.counts().items():
            shares = f"{of_tokens / tokens:7.1%}", f"{of_types / types:7.1%}"
            lines.append(f"{form:12} {of_tokens:10,} {shares[0]} {of_types:10,} {shares[1]}")
        return "\n".join(lines)


def matches(words: list[str], known: WordList) -> Matches:
    """Return the rows of words; see `WordVectors.look_up`."""
    rows_of = known.rows
    chain = _chain(known)
    types: dict[str, int] = {}
    rows: dict[str, int] = {}
    for word in dict.fromkeys(words):
        found = ((number, rows_of.get(form(word))) for number, form in chain)
        number, row = next(
            ((number, row) for number, row in found if row is not None),
            (len(FORMS) - 1, UNKNOWN_ROW),
        )
        types[word], rows[word] = number, row
    return Matches(_array(words, rows), _array(words, types), types)


def _chain(known: WordList) -> list[tuple[int, Callable[[str], str]]]:
    """Return the forms that are tried, in order, by their position in `FORMS`."""
    forms: list[Callable[[str], str]] = [_as_it_is, _composed, _lower]
    chain = list(enumerate(forms))
    if known.has_zero_digits:
        zeros = len(forms)
        chain += [
            (zeros, lambda word: _zeros(_composed(word))),
            (zeros, lambda word: _zeros(_lower(word))),
        ]
    return chain


def _as_it_is(word: str) -> str:
    return word


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)


def _lower(word: str) -> str:
    return _composed(_composed(word).lower())


def _zeros(word: str) -> str:
    return _DIGIT.sub("0", word)


def _array(words: Iterable[str], number_of: dict[str, int]) -> Any:
    return np.fromiter(map(number_of.__getitem__, words), np.int64)
