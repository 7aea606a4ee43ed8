"""Numbers of chunks and of their words, so that arrays hold a text."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.text.boundaries import LAST, PLAIN, kind_of
from chainrule.text.string_numbers import IdArray, StringNumbers
from chainrule.text.tokens import words_of


class ChunkTable:
    """The different chunks of a text, and their different words.

    words       the numbers of the words
    characters  the number of characters of all chunks
    """

    def __init__(self) -> None:
        self.words, self.characters = StringNumbers(), 0
        self._chunks = StringNumbers()
        self._kinds = bytearray()
        self._word_numbers = array("q")
        self._firsts = array("q", [0])

    def numbers(self, chunks: Sequence[str]) -> IdArray:
        """Return the number of each chunk, int64; new ones are added.

        A blank and words joined by blanks stand for a chunk with these words.
        """
        found = self._chunks.of(chunks)
        for chunk in self._chunks.strings[len(self._kinds) :]:
            self._add(chunk)
        return found

    def _add(self, chunk: str) -> None:
        words = chunk.split() if chunk[0] == " " else words_of(chunk)
        self._kinds.append(kind_of(words) if chunk[-1] in LAST else PLAIN)
        self._word_numbers.extend(map(self.words.__getitem__, words))
        self._firsts.append(len(self._word_numbers))
        self.characters += len(chunk)

    def kinds(self, chunks: IdArray) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return the kind of each chunk, see `boundaries`."""
        return np.frombuffer(self._kinds, np.uint8)[chunks]

    def words_of(self, chunks: IdArray) -> tuple[IdArray, IdArray]:
        """Return the numbers of the words of chunks, and where the words of each end."""
        firsts = np.frombuffer(self._firsts, np.int64)
        begins = firsts[chunks]
        counts = firsts[chunks + 1] - begins
        ends = np.cumsum(counts)
        places = np.repeat(begins - ends + counts, counts) + np.arange(counts.sum())
        return np.frombuffer(self._word_numbers, np.int64)[places], ends
