"""Word vectors: a table of numbers with a word per row."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.storage import printable
from chainrule.text.sentence import require_words
from chainrule.text.vectors.blocks import Table
from chainrule.text.vectors.errors import VectorsError
from chainrule.text.vectors.look_up import UNKNOWN_ROW, Matches, matches
from chainrule.text.vectors.nearest import nearest_rows, unit
from chainrule.text.vectors.word_list import WordList

UNKNOWN_WORDS = ("<unk>", "<UNK>", "<unknown>", "UNKNOWN")

Neighbour = tuple[str, float]


class WordVectors:
    """Words and their vectors.

    words  a WordList, or the words in the order of the rows; the first of repeated words counts
    table  float32 (words, size); may be mapped from a file

    Raises VectorsError if there is not one vector per word.
    """

    def __init__(self, words: WordList | Iterable[str], table: Any) -> None:
        self.words = words if isinstance(words, WordList) else _listed(words)
        self.table: Table = np.asarray(table)
        if self.table.ndim != 2 or len(self.table) != len(self.words) or not self.table.size:
            raise VectorsError(
                f"{len(self.words)} words were given with a table of shape {self.table.shape}. "
                "Give at least one word, and one vector per word: an array (words, size)."
            )
        if self.table.dtype != np.float32:
            self.table = self.table.astype(np.float32)

    @property
    def size(self) -> int:
        """The number of elements of a vector."""
        return int(self.table.shape[1])

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.words

    def __getitem__(self, word: str) -> Table:
        """Return the vector of a word, looked up as `look_up` does; raises VectorsError."""
        found: Table = self.table[self.row(word)]
        return found

    def __repr__(self) -> str:
        return f"WordVectors({len(self)} words, size {self.size})"

    def row(self, word: str) -> int:
        """Return the row of a word, looked up as `look_up` does.

        Raises VectorsError for an unknown word.
        """
        found = int(self.look_up([word]).rows[0])
        if found == UNKNOWN_ROW:
            raise VectorsError(
                f"{printable(word)!r} is not among the {len(self)} words of these vectors, in any "
                "of its forms. Choose another word."
            )
        return found

    def look_up(self, words: Iterable[str]) -> Matches:
        """Return the rows of words, and the form in which each was found.

        The forms are tried in this order: the word as it is; in NFC; in lower case; with digits
        replaced by 0, if the words of these vectors have no digit but 0. Row -1 means unknown.
        Raises SentenceError for anything but a list of words.
        """
        return matches(list(require_words(words, "The list of words")), self.words)

    def matrix(self, words: Iterable[str]) -> Table:
        """Return the vectors of words, float32 (words, size).

        An unknown word gets the vector of "<unk>" or its equivalent, if there is one, otherwise
        zeros.
        """
        rows = self.look_up(words).rows
        found = np.array(self.table[np.maximum(rows, 0)], np.float32)
        found[rows == UNKNOWN_ROW] = 0.0 if self.unknown is None else self.table[self.unknown]
        return found

    @cached_property
    def unknown(self) -> int | None:
        """The row of unknown words: of "<unk>" or its equivalent, None without one."""
        return next((self.words.rows[each] for each in UNKNOWN_WORDS if each in self.words), None)

    @cached_property
    def unit_table(self) -> Table:
        """The vectors divided by their length, computed at the first use."""
        return unit(self.table)

    def nearest(self, word: str, count: int = 10) -> list[Neighbour]:
        """Return the words whose vectors have the largest cosine to that of a word, and it.

        Raises VectorsError for an unknown word.
        """
        row = self.row(word)
        return self._nearest(self.unit_table[[row]], np.array([[row]]), count)

    def analogy(self, first: str, second: str, third: str, count: int = 10) -> list[Neighbour]:
        """Return words that relate to `third` as `second` relates to `first`.

        They are the nearest to second - first + third, of vectors of length 1, without these three
        (Mikolov, Yih, Zweig: Linguistic regularities in continuous space word representations,
        2013). Raises VectorsError for an unknown word.
        """
        rows = [self.row(each) for each in (first, second, third)]
        a, b, c = (self.unit_table[row] for row in rows)
        skipped = np.array([sorted(set(rows))])
        return self._nearest(unit(b - a + c)[None], skipped, count)

    def _nearest(self, queries: Table, skipped: Any, count: int) -> list[Neighbour]:
        if count < 1:
            raise VectorsError(f"{count} neighbours were requested. Give a count of at least 1.")
        rows, cosines = nearest_rows(queries, self.unit_table, count, skipped)
        found = zip(rows[0].tolist(), cosines[0].tolist(), strict=True)
        return [(self.words[row], cosine) for row, cosine in found]


def _listed(words: Iterable[str]) -> WordList:
    listed = require_words(words, "The list of words of vectors")
    for each in listed:
        if "\n" in each or not each:
            raise VectorsError(f"The word {each!r} is empty or has a line end. Leave it out.")
        try:
            each.encode()
        except UnicodeEncodeError as error:
            raise VectorsError(f"The word {each!a} cannot be written as UTF-8.") from error
    return WordList.of(listed)
