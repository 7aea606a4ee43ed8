"""Sentences as one list of forms and their lengths."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple


class FormInSentence(NamedTuple):
    """A word and what its features read of the sentence.

    marks  those of a gazetteer, see `Gazetteer.marks`
    case   the case of the sentence, see `sentence_case`
    begun  the text that begins with the word, as far as prefixes are read
    ended  the text that ends with the word, as far as suffixes are read
    """

    word: str
    marks: int
    case: int
    begun: str
    ended: str


Form = Any  # what features are computed of: str | FormInSentence


@dataclass(frozen=True)
class FlatSentences:
    """The forms of the words of sentences, one sentence after the other, and their lengths."""

    words: list[Form]
    lengths: tuple[int, ...]

    def sentences(self) -> list[list[str]]:
        """Return the words of each sentence."""
        words = [each if isinstance(each, str) else each.word for each in self.words]
        ends = accumulate(self.lengths)
        return [words[end - size : end] for end, size in zip(ends, self.lengths, strict=True)]
