"""Sentences: sequences of words, with tags if labelled, and checks of their types.

A str is rejected as a sequence of words, because its elements are letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from chainrule.graph.errors import ChainruleError


class SentenceError(ChainruleError, TypeError, ValueError):
    """Raised for an argument that is not words or sentences; names the argument and position."""


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence, and one tag per word.

    Raises `SentenceError` if the numbers of words and tags differ, or if one is not a str.
    """

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


# Iterable types whose elements are not words: they are letters, integers or keys, or unordered.
_NO_SEQUENCE = (str, bytes, Mapping, Set, Sentence)


def require_text(text: str) -> None:
    """Raise `SentenceError` unless `text` is a str."""
    if not isinstance(text, str):
        raise SentenceError(
            f"The text to split is {_shown(text)}. Give a str: decode bytes, and pass lines one by "
            "one, or joined into one string."
        )


def require_words(words: Iterable[str], name: str) -> Sequence[str]:
    """Return the words (or tags) of one sentence as a sequence.

    words  a list, tuple, one-dimensional array or other iterable of str
    name   the name of the argument in the error message

    Raises `SentenceError` for a str, bytes, mapping or set, and for elements that are not str.
    """
    found = words if isinstance(words, list | tuple) else _listed(words, name)
    if not set(map(type, found)) <= {str}:
        _require_each_str(found, name)
    return found


def require_sentences(
    sentences: Iterable[Iterable[str]], name: str = "Sentence"
) -> list[Sequence[str]]:
    """Return sentences as a list of sequences of words.

    name  the name of one sentence in the error message

    Raises `SentenceError` as `require_words` does.
    """
    found = _listed(sentences, f"The list of {name.lower()}s")
    if _are_sentences(found):
        return found
    return [
        require_words(each, f"{name} {index} (counted from 0)") for index, each in enumerate(found)
    ]


def _are_sentences(found: Sequence[Any]) -> bool:
    """Return whether all elements are lists or tuples of str; in less time than one by one."""
    are_lists = set(map(type, found)) <= {list, tuple}
    return are_lists and set(map(type, chain.from_iterable(found))) <= {str}


def require_labelled(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return labelled sentences as a list; raise `SentenceError` for any other element."""
    found = _listed(sentences, "The list of labelled sentences")
    for index, each in enumerate(found):
        if not isinstance(each, Sentence):
            raise SentenceError(
                f"Labelled sentence {index} (counted from 0) is {_shown(each)}. Give a "
                f"chainrule.text.Sentence(words, tags)."
            )
    return found


def _listed(given: Any, name: str) -> list[Any]:
    """Return an iterable as a list; raise `SentenceError` for types that are not accepted."""
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
                f"{name} has {_shown(word)} at position {index} (counted from 0). Give a str there."
            )


def _remedy(given: Any) -> str:
    if isinstance(given, str):
        return (
            "It would be read character by character; split it with chainrule.text.tokenize, or "
            "put it in a list."
        )
    if isinstance(given, Sentence):
        return "Give its words."
    return "Give a list."


def _shown(given: Any) -> str:
    text = repr(given)
    shown = text if len(text) <= 40 else text[:37] + "..."
    return f"{shown}, which is of the type {type(given).__name__}"
