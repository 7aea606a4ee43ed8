"""Sentences: sequences of words, and of tags if labelled, with checks of their types.

A str is refused: it is a sequence of its letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph.errors import ChainruleError


class SentenceError(ChainruleError, TypeError, ValueError):
    """An argument that is not sentences of words; the message names it and the position."""


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence and their tags. Raises `SentenceError` unless one tag per word."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("words", "tags"):
            found = require_words(getattr(self, name), f"The sequence of {name}")
            object.__setattr__(self, name, tuple(found))
        if len(self.words) != len(self.tags):
            raise SentenceError(
                f"A sentence has one tag per word, but found {len(self.words)} words and "
                f"{len(self.tags)} tags; give as many tags as words."
            )


# What may be iterated, but over its letters, its numbers or its keys.
_NO_SEQUENCE = (str, bytes, Mapping, Set, Sentence)


def require_text(text: str) -> None:
    """Raise `SentenceError` unless `text` is a str."""
    if not isinstance(text, str):
        raise SentenceError(
            f"The text to cut is {_shown(text)}. Give a str; decode bytes, and take lines one by "
            f"one or joined."
        )


def require_words(words: Iterable[str], name: str) -> Sequence[str]:
    """Return the words of one sentence (or its tags) as a sequence, under `name` in the message.

    Accepts lists, tuples, one-dimensional arrays and iterables of str; raises
    `SentenceError` for a str, bytes, a mapping, a set, and anything that contains another type.
    """
    found = words if isinstance(words, list | tuple) else _listed(words, name)
    if not set(map(type, found)) <= {str}:
        _require_each_str(found, name)
    return found


def require_sentences(
    sentences: Iterable[Iterable[str]], name: str = "Sentence"
) -> list[Sequence[str]]:
    """Return sentences as a list of sequences of words; raises `SentenceError`."""
    return [
        require_words(each, f"{name} {index} (counted from 0)")
        for index, each in enumerate(_listed(sentences, f"The list of {name.lower()}s"))
    ]


def require_labelled(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return labelled sentences as a list; raises `SentenceError` for any other element."""
    found = _listed(sentences, "The list of labelled sentences")
    for index, each in enumerate(found):
        if not isinstance(each, Sentence):
            raise SentenceError(
                f"Labelled sentence {index} (counted from 0) is {_shown(each)}. Give a "
                f"chainrule.text.Sentence(words, tags)."
            )
    return found


def _listed(given: Any, name: str) -> list[Any]:
    if isinstance(given, np.ndarray) and given.ndim == 1:
        found: list[Any] = given.tolist()
        return found
    if isinstance(given, _NO_SEQUENCE) or not _yields(given):
        raise SentenceError(f"{name} is {_shown(given)}. {_remedy(given)}")
    return list(given)


def _yields(given: Any) -> bool:
    return given.ndim > 0 if isinstance(given, np.ndarray) else isinstance(given, Iterable)


def _require_each_str(words: Sequence[Any], name: str) -> None:
    for index, word in enumerate(words):
        if not isinstance(word, str):
            raise SentenceError(
                f"{name} has {_shown(word)} at place {index} (counted from 0). Give a str there."
            )


def _remedy(given: Any) -> str:
    if isinstance(given, str):
        return "It would be read letter by letter; cut it with chainrule.text.tokenize, or list it."
    if isinstance(given, Sentence):
        return "Give its words."
    return "Give a list."


def _shown(given: Any) -> str:
    text = repr(given)
    shown = text if len(text) <= 40 else text[:37] + "..."
    return f"{shown}, which is of the type {type(given).__name__}"
