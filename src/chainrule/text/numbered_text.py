"""Sentences as arrays: the numbers of their words, one sentence after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.text.boundaries import CLOSING, OTHER, PLAIN, STOP, chunks_of_text
from chainrule.text.chunk_table import ChunkTable
from chainrule.text.sentence import require_text
from chainrule.text.sentence_ends import ends_within_lines
from chainrule.text.string_numbers import IdArray, StringNumbers
from chainrule.text.tokens import words_of

Booleans = np.ndarray[Any, np.dtype[np.bool_]]

_MOST_CHARACTERS = 1 << 19  # of the different chunks that are kept


@dataclass(frozen=True, eq=False)
class NumberedText:
    """Sentences whose words are numbers of different words.

    known    the numbers of the different words; texts of one tokenizer share them
    words    int64 (words,), the numbers of the words of the sentences, one after the other
    lengths  int64 (sentences,), the number of words of each sentence
    """

    known: StringNumbers
    words: IdArray
    lengths: IdArray

    def strings(self) -> list[str]:
        """Return the words of the sentences, one sentence after the other."""
        found: list[str] = self.known.array()[self.words].tolist()
        return found

    def sentences(self) -> list[list[str]]:
        """Return the sentences as lists of words."""
        words, ends = self.strings(), np.cumsum(self.lengths)
        sizes = zip(ends.tolist(), self.lengths.tolist(), strict=True)
        return [words[end - size : end] for end, size in sizes]

    def parts(self, words: int) -> Iterator[NumberedText]:
        """Yield parts of whole sentences that have about so many words."""
        ends = np.cumsum(self.lengths)
        numbers = np.maximum(ends - 1, 0) // words
        for some in np.split(np.arange(len(ends)), np.flatnonzero(np.diff(numbers)) + 1):
            lengths = self.lengths[some]
            end = int(ends[some[-1]]) if len(some) else 0
            yield NumberedText(self.known, self.words[end - int(lengths.sum()) : end], lengths)


def numbered(sentences: Sequence[Sequence[str]]) -> NumberedText:
    """Return sentences of words with the words as numbers."""
    numbers = StringNumbers()
    words = numbers.of([word for each in sentences for word in each])
    lengths = np.fromiter(map(len, sentences), np.int64, len(sentences))
    return NumberedText(numbers, words, lengths)


class NumberingTokenizer:
    """Splits texts as `tokenize` does, with the words as numbers, in a fraction of the time.

    lines  whether a line end ends a sentence, see `tokenize`

    The numbers are kept from text to text, until they need too much memory.
    """

    def __init__(self, lines: bool = True) -> None:
        self._lines = lines
        self._table = ChunkTable()

    def __call__(self, text: str) -> NumberedText:
        """Return a text as sentences. Raises `SentenceError` unless `text` is a str."""
        require_text(text)
        if self._table.characters > _MOST_CHARACTERS:
            self._table = ChunkTable()
        chunks, line_ends = chunks_of_text(text, self._lines)
        numbers, changed = self._table.numbers(chunks), _ChangedWords(chunks)
        marked = _marked(self._table.kinds(numbers), line_ends)
        ends = ends_within_lines(chunks, changed, marked, line_ends)
        joined = [" " + " ".join(words) for words in changed.values()]
        numbers[[*changed]] = self._table.numbers(joined)
        words, word_ends = self._table.words_of(numbers)
        last_chunks = np.unique(np.array([*line_ends, *ends], np.int64)) - 1
        return NumberedText(self._table.words, words, np.diff(word_ends[last_chunks], prepend=0))


class _ChangedWords(dict[int, Sequence[str]]):
    """The words of the chunks of a text whose words are others than those of the chunk alone."""

    def __init__(self, chunks: Sequence[str]) -> None:
        super().__init__()
        self._chunks = chunks

    def __missing__(self, at: int) -> Sequence[str]:
        return words_of(self._chunks[at])

    def __setitem__(self, at: int, words: Sequence[str]) -> None:
        if tuple(words) != self[at]:
            super().__setitem__(at, words)


def _marked(kinds: np.ndarray[Any, Any], line_ends: list[int]) -> Iterator[tuple[int, int]]:
    """Return the chunks of which their neighbours decide, and their kinds."""
    is_end = np.zeros(len(kinds) + 1, np.bool_)
    is_end[line_ends] = True
    after_plain = np.append(True, kinds[:-1] == PLAIN)[: len(kinds)] | is_end[:-1]
    marks: Booleans = (kinds == OTHER) | ((kinds == STOP) & ~is_end[1:])
    places = np.flatnonzero(marks | ((kinds == CLOSING) & ~after_plain))
    return zip(places.tolist(), kinds[places].tolist(), strict=True)
