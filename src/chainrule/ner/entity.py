"""An entity that was found in a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainrule.text import spans


@dataclass(frozen=True)
class Entity:
    """A mention of a name, with its place in the text.

    text        the mention as it is written
    label       the type, such as "PER"
    start, end  the place in the text, in characters: `text[start:end]` is the mention
    confidence  the probability that exactly these words are an entity of this type, 0 to 1; see
                `Tagger.answers`
    """

    text: str
    label: str
    start: int
    end: int
    confidence: float


def placed_entities(
    text: str,
    tags: Sequence[str],
    places: Sequence[tuple[int, int]],
    confidences: Sequence[float],
) -> Iterator[Entity]:
    """Yield the entities of a sentence of a text.

    tags         the tag of each word
    places       where each word begins and ends in the text
    confidences  the confidence in each entity
    """
    for span, confidence in zip(spans(tags), confidences, strict=True):
        begin, end = places[span.start][0], places[span.end - 1][1]
        yield Entity(text[begin:end], span.type, begin, end, confidence)
