"""Sentences as one list of words and their lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FlatSentences:
    """The words of sentences, one sentence after the other, and the lengths of the sentences."""

    words: list[str]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, sentences: Sequence[Sequence[str]]) -> FlatSentences:
        """Return sentences of words as one list."""
        return cls([word for each in sentences for word in each], tuple(map(len, sentences)))
