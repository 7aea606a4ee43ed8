"""Affixes: the first and last letters of a word, for words that are unknown as a whole.

If the units of sentences are characters, prefixes are of the text that begins with a character, and
suffixes of the text that ends with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from chainrule.text import normalise

_LENGTHS = (2, 3, 4)
_FEWEST = 3  # occurrences among different words; rarer affixes are unknown
_PADDING, _UNKNOWN = "", "*"

UNKNOWN_AFFIX = 1  # the id of "*"
COUNT = 2 * len(_LENGTHS)  # affixes of a word
LONGEST = max(_LENGTHS)


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
    def of_texts(cls, texts: Iterable[tuple[str, str]]) -> Affixes:
        """Return the affixes that occur in several of the different pairs of texts, see `ids`."""
        pairs = {(normalise(begun), normalise(ended)) for begun, ended in set(texts)}
        found = Counter(affix for begun, ended in pairs for affix in affixes_of(begun, ended))
        known = sorted(affix for affix, count in found.items() if count >= _FEWEST)
        return cls((_PADDING, _UNKNOWN, *known))

    def ids(
        self, begun: Sequence[str], ended: Sequence[str]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Return the ids of the affixes of each word, int64 (words, 6).

        begun, ended  texts with the prefixes and suffixes of each word: the word, twice, or texts
                      that begin and end with a character

        Texts need not be in normal form. One that is shorter than an affix is its own affix.
        """
        get = self._ids.get
        texts = zip(map(normalise, begun), map(normalise, ended), strict=True)
        flat = [get(affix, UNKNOWN_AFFIX) for pair in texts for affix in affixes_of(*pair)]
        return np.array(flat, np.int64).reshape(len(begun), COUNT)


def affixes_of(begun: str, ended: str) -> list[str]:
    """Return the names of the affixes of texts in normal form: prefixes, then suffixes."""
    return [begun[:n] + "-" for n in _LENGTHS] + ["-" + ended[-n:] for n in _LENGTHS]


def texts_beside(characters: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return for each character the text of up to four that begins, and that ends, with it."""
    places = range(len(characters))
    begun = ["".join(characters[i : i + LONGEST]) for i in places]
    ended = ["".join(characters[max(0, i + 1 - LONGEST) : i + 1]) for i in places]
    return begun, ended
