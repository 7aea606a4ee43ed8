"""The output of `chainrule ner tag`: tagged text in its formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Any

from chainrule.ner import Tagger
from chainrule.ner.brackets import bracketed
from chainrule.ner.passages import Passage, inline, of_words
from chainrule.ner.tag_names import written_in
from chainrule.ner.tag_rows import with_tags
from chainrule.text.numbered_text import NumberedText

_PRINTED_AT_ONCE = 1000


class Format(StrEnum):
    """The formats of tagged text."""

    BRACKETS = "brackets"
    INLINE = "inline"
    COLUMNS = "columns"
    CONLL = "conll"
    JSONL = "jsonl"
    JSON = "json"

    @property
    def of_passages(self) -> bool:
        """Whether paragraphs or lines are written, with the places of entities."""
        return self in (Format.INLINE, Format.JSONL, Format.JSON)


def written(tagger: Tagger, parts: Iterator[Any], kind: str, form: Format) -> Iterator[str]:
    """Yield the text of tagged parts, see `chainrule.cli.tagged_input.read`."""
    between = "" if tagger.units == "characters" else " "
    if form is Format.JSON:
        yield from _as_list(_records(tagger, parts, between))
        return
    for part in parts:
        if isinstance(part, NumberedText):
            yield tagger.columns_of(part)
        elif form.of_passages:
            yield from _together(_line_of(each, form) for each in _passages(tagger, part, between))
        else:
            yield from _together(_of_sentences(tagger, part, form, between))


def _of_sentences(tagger: Tagger, part: Any, form: Format, between: str) -> Iterator[str]:
    tags = tagger.tag(part.sentences)
    if form is Format.CONLL:
        tags = [written_in(each, "IOB2") for each in tags]
    for number, (words, own) in enumerate(zip(part.sentences, tags, strict=True)):
        if form is not Format.BRACKETS:
            yield with_tags(part.rows[number] if part.rows else words, own)
        elif words:  # a row -DOCSTART- and comments have none
            yield bracketed(words, own, between) + "\n"


def _passages(tagger: Tagger, part: Any, between: str) -> Iterator[Passage]:
    if part.passages:
        texts = [text for text, _ in part.passages]
        found = tagger.entities(texts, part.lines)
        for (text, start), entities in zip(part.passages, found, strict=True):
            yield Passage(text, start, tuple(entities))
    words = [each for each in part.sentences if each]
    for own, (tags, confidences) in zip(words, tagger.answers(words), strict=True):
        yield of_words(own, tags, confidences, between)


def _line_of(passage: Passage, form: Format) -> str:
    if form is Format.INLINE:
        ends = passage.start is not None and passage.text.endswith(("\n", "\r"))
        return inline(passage) + ("" if ends or not passage.text else "\n")
    return json.dumps(passage.as_dict(), ensure_ascii=False) + "\n"


def _records(tagger: Tagger, parts: Iterator[Any], between: str) -> Iterator[str]:
    for part in parts:
        for passage in _passages(tagger, part, between):
            yield json.dumps(passage.as_dict(), ensure_ascii=False)


def _as_list(records: Iterator[str]) -> Iterator[str]:
    before = "["
    for each in records:
        yield f"{before}\n{each}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _together(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines many at a time, which takes less time to print."""
    return iter(lambda: "".join(islice(lines, _PRINTED_AT_ONCE)), "")
