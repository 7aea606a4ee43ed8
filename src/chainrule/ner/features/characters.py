"""The characters of words as ids."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

LONGEST = 20  # characters of a word; of longer words, the first and last ten
_FEWEST = 3
_PADDING, _UNKNOWN = "", "*unknown*"


class Characters:
    """The known characters.

    names  a name per id: padding, unknown characters, then the characters
    """

    def __init__(self, names: Sequence[str]) -> None:
        if tuple(names[:2]) != (_PADDING, _UNKNOWN) or len(set(names)) < len(names):
            raise ValueError("its characters must begin with the two markers, and each occur once")
        self.names = tuple(names)
        self._ids = {name: number for number, name in enumerate(names)}

    @classmethod
    def of_words(cls, words: Iterable[str]) -> Characters:
        """Return the characters that occur in several of the different words."""
        found = Counter(letter for word in set(words) for letter in set(_composed(word)))
        known = sorted(letter for letter, count in found.items() if count >= _FEWEST)
        return cls((_PADDING, _UNKNOWN, *known))

    def ids(self, words: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Return the ids of the characters of each word, int64 (words, 20), padded with 0."""
        get = self._ids.get
        ids = np.zeros((len(words), LONGEST), np.int64)
        for row, word in enumerate(words):
            letters = _shortened(_composed(word))
            ids[row, : len(letters)] = [get(letter, 1) for letter in letters]
        return ids


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)


def _shortened(word: str) -> str:
    half = LONGEST // 2
    return word if len(word) <= LONGEST else word[:half] + word[-half:]
