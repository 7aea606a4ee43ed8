"""Sizes of labelled sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from chainrule.ner.settings import Units
from chainrule.ner.units import units_of
from chainrule.text import Sentence, spans


@dataclass(frozen=True)
class CorpusFigures:
    """The sizes of labelled sentences.

    units         "words", or "characters" if every word is a single grapheme cluster
    sentences     their number
    tokens        the number of words, or of characters, blanks included
    words         the number of words; of characters, that of pieces between blanks, None if there
                  is no blank
    types         the number of different tokens, as they are written
    entities      the number of entities of each type, the most frequent first
    entity_tokens the number of tokens inside entities
    """

    units: Units
    sentences: int
    tokens: int
    words: int | None
    types: int
    entities: dict[str, int]
    entity_tokens: int

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)


def corpus_figures(sentences: Sequence[Sentence]) -> CorpusFigures:
    """Count the tokens, words, types and entities of sentences."""
    found = [span for each in sentences for span in spans(each.tags)]
    units = units_of(sentences)
    tokens = sum(len(each.words) for each in sentences)
    return CorpusFigures(
        units=units,
        sentences=len(sentences),
        tokens=tokens,
        words=tokens if units == "words" else _pieces(sentences),
        types=len({word for each in sentences for word in each.words}),
        entities=dict(Counter(each.type for each in found).most_common()),
        entity_tokens=sum(each.end - each.start for each in found),
    )


def entity_words(sentences: Sequence[Sentence]) -> Iterator[str]:
    """Yield the words inside entities."""
    for each in sentences:
        for span in spans(each.tags):
            yield from each.words[span.start : span.end]


def _pieces(sentences: Sequence[Sentence]) -> int | None:
    """Return the number of pieces between blanks, None if there is no blank."""
    if not any(word.isspace() for each in sentences for word in each.words):
        return None
    return sum(
        not is_blank for each in sentences for is_blank, _ in groupby(each.words, str.isspace)
    )
