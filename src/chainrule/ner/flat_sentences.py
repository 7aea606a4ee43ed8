"""Sentences as one list of forms and their lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Form = Any  # a word, or a word and its marks: str | tuple[str, int]


@dataclass(frozen=True)
class FlatSentences:
    """The forms of the words of sentences, one sentence after the other, and their lengths."""

    words: list[Form]
    lengths: tuple[int, ...]
