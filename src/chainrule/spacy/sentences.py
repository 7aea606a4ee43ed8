"""The sentences of a spaCy Doc as lists of its tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chainrule.text import tokenize
from chainrule.text.word_places import word_places

Sentences = list[list[Any]]


def sentences_of(doc: Any) -> Sentences:
    """Return the tokens of each sentence, without those that are blanks.

    Sentences are those of the pipeline if it sets them, otherwise those of `chainrule.text`.
    """
    if doc.has_annotation("SENT_START"):
        parts = [list(each) for each in doc.sents]
    else:
        parts = list(_parted([*doc], _beginnings(doc.text)))
    without = [[token for token in part if not token.is_space] for part in parts]
    return [part for part in without if part]


def words_of(sentences: Sentences) -> list[list[str]]:
    """Return the words of sentences of tokens."""
    return [[token.text for token in each] for each in sentences]


def _beginnings(text: str) -> list[int]:
    """Return where the sentences of a text begin, in characters."""
    sentences = tokenize(text, lines=False)
    return [places[0][0] for places in word_places(text, sentences) if places]


def _parted(tokens: Sequence[Any], beginnings: Sequence[int]) -> Iterator[list[Any]]:
    """Yield tokens in parts, a new one with the first token at or after each beginning."""
    waiting = iter([*beginnings[1:], None])
    following, part = next(waiting), list[Any]()
    for token in tokens:
        if following is not None and token.idx >= following:
            yield part
            part = []
            while following is not None and token.idx >= following:
                following = next(waiting)
        part.append(token)
    yield part
