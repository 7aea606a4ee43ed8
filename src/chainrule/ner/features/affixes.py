"""Affixes: the first and last letters of a word, for words that are unknown as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from chainrule.text import normalise

_LENGTHS = (2, 3, 4)
_FEWEST = 3  # occurrences among different words; rarer affixes are unknown
_PADDING, _UNKNOWN = "", "*"

COUNT = 2 * len(_LENGTHS)  # affixes of a word


class Affixes:
    """The known prefixes and suffixes of 2, 3 and 4 letters.

    names  a name per id: "" for padding, "*" for unknown affixes, then "un-" and "-ing"
    """

    def __init__(self, names: Sequence[str]) -> None:
        if tuple(names[:2]) != (_PADDING, _UNKNOWN) or len(set(names)) < len(names):
            raise ValueError("its affixes must begin with '' and '*', and each occur once")
        self.names = tuple(names)
        self._ids = {name: number for number, name in enumerate(names)}

    @classmethod
    def of_words(cls, words: Iterable[str]) -> Affixes:
        """Return the affixes that occur in several of the different words."""
        forms = {normalise(word) for word in words}
        found = Counter(affix for form in forms for affix in _affixes(form))
        known = sorted(affix for affix, count in found.items() if count >= _FEWEST)
        return cls((_PADDING, _UNKNOWN, *known))

    def ids(self, words: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Return the ids of the affixes of each word, int64 (words, 6).

        Words need not be in normal form. A word that is shorter than an affix is its own affix.
        """
        get = self._ids.get
        flat = [get(affix, 1) for word in words for affix in _affixes(normalise(word))]
        return np.array(flat, np.int64).reshape(len(words), COUNT)


def _affixes(form: str) -> list[str]:
    return [form[:n] + "-" for n in _LENGTHS] + ["-" + form[-n:] for n in _LENGTHS]
