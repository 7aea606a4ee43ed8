"""Tagged passages: a text, its words and tags, and its entities; and what is written of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chainrule.ner.entity import Entity, placed_entities

_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # those of str.splitlines


@dataclass(frozen=True)
class Passage:
    """A passage that was tagged.

    text      the passage as it is written; of separate words, these with blanks between
    start     where it begins in the input, in characters; None for separate words
    entities  those of the passage, with places in `text`
    """

    text: str
    start: int | None
    entities: tuple[Entity, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the passage as values of JSON."""
        start = {} if self.start is None else {"start": self.start}
        return {"text": self.text, **start, "entities": [asdict(each) for each in self.entities]}


def inline(passage: Passage) -> str:
    """Return the text of a passage, unchanged, with entities as `[PER Marie Curie]`."""
    pieces: list[str] = []
    at = 0
    for each in passage.entities:
        pieces += [passage.text[at : each.start], f"[{each.label} {each.text}]"]
        at = each.end
    return "".join([*pieces, passage.text[at:]])


def passages_of(text: str, start: int, lines: bool) -> Iterator[tuple[str, int]]:
    """Yield the lines or paragraphs of a text that are not blank, and where each begins.

    start  the place of the text in the input
    lines  whether a passage is a line, otherwise a run of lines up to a blank one

    The line end behind a passage is left out.
    """
    begin = at = 0
    for line in text.splitlines(keepends=True):
        is_blank = not line.strip()
        if is_blank and begin < at:
            yield text[begin:at].rstrip(_LINE_ENDS), start + begin
        at += len(line)
        if lines and not is_blank:
            yield text[begin:at].rstrip(_LINE_ENDS), start + begin
        if is_blank or lines:
            begin = at
    if begin < at:
        yield text[begin:at].rstrip(_LINE_ENDS), start + begin


def of_words(
    words: Sequence[str], tags: Sequence[str], confidences: Sequence[float], between: str
) -> Passage:
    """Return separate words as a passage; `between` joins them."""
    text, places, at = between.join(words), [], 0
    for word in words:
        places.append((at, at + len(word)))
        at += len(word) + len(between)
    return Passage(text, None, tuple(placed_entities(text, tags, places, confidences)))
