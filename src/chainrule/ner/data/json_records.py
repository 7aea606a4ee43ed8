"""JSON records: a text and its spans, as Prodigy, doccano and other tools export them.

    {"text": "Ada visited Turin", "spans": [{"start": 0, "end": 3, "label": "PER"}]}
    {"text": "Ada visited Turin", "label": [[0, 3, "PER"]]}

Spans are the list "spans", "label", "labels" or "entities". A span is a list of start, end and
type, or an object with "start" and "end" (or "start_offset" and "end_offset") and "label" (or
"labels", a list). Places count characters (code points) from 0; the end is behind the last one.
"tokens", a list of objects with "start" and "end", are the words of one sentence. A record with the
"answer" reject or ignore is left out. JSON lines have a record per line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chainrule.ner.data import tally as reasons
from chainrule.ner.data.errors import DataError
from chainrule.ner.data.files import decoded, lines_of
from chainrule.ner.data.json_fields import brief, listed, named, parsed, whole
from chainrule.ner.data.record import Mark, Places, Record
from chainrule.ner.data.tally import Tally
from chainrule.storage import shown

_LISTS = ("spans", "label", "labels", "entities")


def read_json_lines(path: Path, tally: Tally) -> Iterator[Record]:
    """Yield the records of a file of JSON lines, which is read line by line."""
    for number, line in lines_of(path):
        place = f"{shown(path)}, line {number}"
        value = parsed(decoded(line, path, number), place)
        yield from json_record(named(value, "the line", place), place, tally)


def json_record(value: Mapping[str, Any], place: str, tally: Tally) -> Iterator[Record]:
    """Yield the record of an object; none if it was rejected."""
    text = value.get("text")
    if not isinstance(text, str):
        found = f"is {brief(text)}" if "text" in value else "is missing"
        raise DataError(f'{place}: "text" {found}. Give the text as a string.')
    if value.get("answer", "accept") != "accept":
        tally.change(reasons.REJECTED, place)
        return
    fields = [name for name in _LISTS if value.get(name) is not None]
    if len(fields) > 1:
        raise DataError(
            f"{place}: the spans are given twice, as {' and as '.join(fields)}. Leave one out."
        )
    spans = listed(value[fields[0]], fields[0], place) if fields else []
    marks = tuple(mark for span in spans for mark in _mark(span, place, tally))
    yield Record(text, marks, _tokens(value.get("tokens"), place), place)


def _mark(span: Any, place: str, tally: Tally) -> Iterator[Mark]:
    if isinstance(span, list):
        if len(span) != 3:
            raise DataError(f"{place}: the span {brief(span)} is not [start, end, type].")
        start, end, types = span
    else:
        fields = named(span, "a span", place)
        start = fields.get("start", fields.get("start_offset"))
        end = fields.get("end", fields.get("end_offset"))
        types = fields.get("label", fields.get("labels"))
    yield from mark_of(
        whole(start, "the start", place), whole(end, "the end", place), types, place, tally
    )


def mark_of(start: int, end: int, types: Any, place: str, tally: Tally) -> Iterator[Mark]:
    """Yield an entity of one type, or of the first of a list of types."""
    names = types if isinstance(types, list) else [] if types is None else [types]
    for name in names:
        if not isinstance(name, str):
            raise DataError(f"{place}: the type of a span is {brief(name)}. Give a string.")
    if not names:
        tally.change(reasons.UNLABELLED, place)
        return
    tally.change(reasons.SEVERAL_TYPES, place, len(names) > 1)
    yield Mark(start, end, names[0])


def _tokens(value: Any, place: str) -> tuple[Places, ...] | None:
    if value is None:
        return None
    tokens = [named(each, "a token", place) for each in listed(value, '"tokens"', place)]
    starts = (whole(each.get("start"), "the start of a token", place) for each in tokens)
    ends = (whole(each.get("end"), "the end of a token", place) for each in tokens)
    return (tuple(zip(starts, ends, strict=True)),)
