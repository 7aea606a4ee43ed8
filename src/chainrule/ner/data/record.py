"""A record of labelled data: a text and its entities as places in characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from chainrule.ner.data.errors import DataError

Places = tuple[tuple[int, int], ...]


class Mark(NamedTuple):
    """An entity: the characters `start`, ..., `end - 1` of a text, and its type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class Record:
    """A text with its entities, which can overlap.

    text       the text
    marks      the entities; each lies inside the text
    sentences  the places of the words of each sentence; None if the text is not yet split
    place      file and line, for messages
    lines      whether a line end ends a sentence, for a text that is not yet split

    Raises `DataError` if an entity or a word does not lie inside the text, if words overlap, and
    for half a surrogate pair in the text or in a type.
    """

    text: str
    marks: tuple[Mark, ...]
    sentences: tuple[Places, ...] | None
    place: str
    lines: bool = False

    def __post_init__(self) -> None:
        size = len(self.text)
        for text in (self.text, *(mark.type for mark in self.marks)):
            _require_writable(text, self.place)
        for mark in self.marks:
            if not 0 <= mark.start <= mark.end <= size:
                raise DataError(
                    f"{self.place}: the entity {mark.type!r} is at {mark.start} to {mark.end}, and "
                    f"the text has {size} characters. Give 0 <= start <= end <= {size}."
                )
        last = 0
        for start, end in (pair for each in self.sentences or () for pair in each):
            if not last <= start < end <= size:
                raise DataError(
                    f"{self.place}: the token at {start} to {end} is empty, overlaps the token "
                    f"before it, or is outside the text of {size} characters. Correct the tokens, "
                    "or leave them out."
                )
            last = end


def _require_writable(text: str, place: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{place}: character {error.start} of {text[:30]!r} is half of a surrogate pair. "
            "Give whole characters."
        ) from error
