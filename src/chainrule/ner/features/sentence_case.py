"""The case of a sentence, which says whether the capitals of its words say anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

SentenceCase = Literal["mixed", "upper", "title", "lower"]
SENTENCE_CASES: tuple[SentenceCase, ...] = get_args(SentenceCase)


def sentence_case(words: Sequence[str]) -> int:
    """Return the case of a sentence as an index into `SENTENCE_CASES`.

    The case is `lower` or `upper` if all letters are, `title` if every word has the form of
    str.capitalize, otherwise `mixed`.
    """
    text = "".join(words)
    if text.islower():
        return SENTENCE_CASES.index("lower")
    if text.isupper():
        return SENTENCE_CASES.index("upper")
    if all(word == word.capitalize() for word in words):
        return SENTENCE_CASES.index("title")
    return SENTENCE_CASES.index("mixed")
