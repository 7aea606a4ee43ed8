"""Properties of mentions by which errors are grouped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from chainrule.text import UNKNOWN_ID, Sentence, Span, Vocabulary, spans
from chainrule.text.vectors import WordVectors

Trait = Callable[[Sequence[str], Span], str]

_LONGEST_MENTION = 5
_SENTENCES = (5, 10, 20, 40)


@dataclass(frozen=True)
class Grouping:
    """A property of mentions.

    name    what it is
    values  its values in the order in which they are shown; () for alphabetical order
    of      gives the value for the words of a sentence and an entity in it
    """

    name: str
    values: tuple[str, ...]
    of: Trait


def plain_groupings() -> list[Grouping]:
    """Return the groupings that need only the sentence."""
    lengths = (*map(str, range(1, _LONGEST_MENTION)), f"{_LONGEST_MENTION}+")
    return [
        Grouping("type", (), lambda words, span: span.type),
        Grouping("words in the mention", lengths, _length),
        Grouping("capitals", ("lower", "Title", "UPPER", "mixed", "no case"), _capitals),
        Grouping("words in the sentence", _sentence_names(), _sentence_length),
        Grouping("position", ("whole sentence", "begin", "inside", "end"), _position),
    ]


def seen_grouping(train: Iterable[Sentence]) -> Grouping:
    """Return the grouping by whether a mention is an entity of the training sentences."""
    types: dict[tuple[str, ...], set[str]] = {}
    for each in train:
        for span in spans(each.tags):
            types.setdefault(each.words[span.start : span.end], set()).add(span.type)
    return Grouping(
        "mention in training", ("seen", "seen with another type", "not seen"), _seen_in(types)
    )


def vocabulary_grouping(vocabulary: Vocabulary) -> Grouping:
    """Return the grouping by how many words of a mention the vocabulary knows."""

    def is_known(words: Sequence[str]) -> list[bool]:
        return [bool(each) for each in vocabulary.ids(words) != UNKNOWN_ID]

    return Grouping("words in the vocabulary", _KNOWN, _known_by(is_known))


def vectors_grouping(vectors: WordVectors) -> Grouping:
    """Return the grouping by how many words of a mention have a given vector."""

    def is_known(words: Sequence[str]) -> list[bool]:
        return [bool(each) for each in vectors.look_up(words).rows >= 0]

    return Grouping("words with a vector", _KNOWN, _known_by(is_known))


_KNOWN = ("all known", "some unknown", "all unknown")


def _known_by(is_known: Callable[[Sequence[str]], list[bool]]) -> Trait:
    def of(words: Sequence[str], span: Span) -> str:
        found = is_known(words[span.start : span.end])
        return _KNOWN[0] if all(found) else _KNOWN[1] if any(found) else _KNOWN[2]

    return of


def _seen_in(types: Mapping[tuple[str, ...], set[str]]) -> Trait:
    def of(words: Sequence[str], span: Span) -> str:
        known = types.get(tuple(words[span.start : span.end]))
        if known is None:
            return "not seen"
        return "seen" if span.type in known else "seen with another type"

    return of


def _length(words: Sequence[str], span: Span) -> str:
    count = span.end - span.start
    return str(count) if count < _LONGEST_MENTION else f"{_LONGEST_MENTION}+"


def _capitals(words: Sequence[str], span: Span) -> str:
    """Return the pattern of the letters with case; other characters do not count."""
    mention = words[span.start : span.end]
    letters = ["".join(x for x in word if x.lower() != x.upper()) for word in mention]
    cased = [each for each in letters if each]
    text = "".join(cased)
    if not text:
        return "no case"
    if text == text.lower():
        return "lower"
    if all(each[0] != each[0].lower() and each[1:] == each[1:].lower() for each in cased):
        return "Title"
    return "UPPER" if text == text.upper() else "mixed"


def _sentence_names() -> tuple[str, ...]:
    begins = (1, *(each + 1 for each in _SENTENCES))
    ranges = (f"{begin}-{end}" for begin, end in zip(begins, _SENTENCES, strict=False))
    return (*ranges, f"{begins[-1]}+")


def _sentence_length(words: Sequence[str], span: Span) -> str:
    return _sentence_names()[sum(len(words) > each for each in _SENTENCES)]


def _position(words: Sequence[str], span: Span) -> str:
    at_begin, at_end = span.start == 0, span.end == len(words)
    if at_begin and at_end:
        return "whole sentence"
    return "begin" if at_begin else "end" if at_end else "inside"
