"""The JSON export of Label Studio: a list of tasks with annotations.

    [{"data": {"text": "Ada visited Turin"}, "annotations": [{"result": [
        {"type": "labels", "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}}]}]}]

The text is `data.text`, or the only string of `data`. The first annotation that was not cancelled
is taken. Places count code points, or UTF-16 units where only these fit the "text" of a span. A
list of records of other tools, with "text" in place of "data", is read too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chainrule.ner.data import tally as reasons
from chainrule.ner.data.errors import DataError
from chainrule.ner.data.files import text_of
from chainrule.ner.data.json_fields import brief, listed, named, parsed, whole
from chainrule.ner.data.json_records import json_record, mark_of
from chainrule.ner.data.record import Mark, Record
from chainrule.ner.data.tally import Tally
from chainrule.storage import shown


def read_label_studio(path: Path, tally: Tally) -> Iterator[Record]:
    """Yield the records of the tasks of a file."""
    value = parsed(text_of(path), shown(path))
    tasks = listed(value if value is not None else {}, "the file", shown(path))
    for number, each in enumerate(tasks, 1):
        place = f"{shown(path)}, task {number}"
        task = named(each, "the task", place)
        if "data" in task:
            yield from _record(task, place, tally)
        else:
            yield from json_record(task, place, tally)


def _record(task: Mapping[str, Any], place: str, tally: Tally) -> Iterator[Record]:
    text = _text(named(task["data"], '"data"', place), place)
    given = listed(task.get("annotations", task.get("completions")), '"annotations"', place)
    annotations = [named(each, "an annotation", place) for each in given]
    kept = [each for each in annotations if not each.get("was_cancelled")]
    if not kept:
        tally.change(reasons.REJECTED if annotations else reasons.UNANNOTATED, place)
        return
    tally.change(reasons.OTHER_ANNOTATORS, place, len(kept) - 1)
    results = listed(kept[0].get("result"), '"result"', place)
    marks = (mark for each in results for mark in _mark(each, text, place, tally))
    yield Record(text, tuple(marks), None, place)


def _text(data: Mapping[str, Any], place: str) -> str:
    if isinstance(data.get("text"), str):
        return str(data["text"])
    texts = [each for each in data.values() if isinstance(each, str)]
    if len(texts) != 1:
        raise DataError(
            f'{place}: "data" has {len(texts)} strings, so that the text is not known. Name it '
            '"text".'
        )
    return texts[0]


def _mark(result: Any, text: str, place: str, tally: Tally) -> Iterator[Mark]:
    fields = named(result, "a result", place)
    if fields.get("type", "labels") not in ("labels", "hypertextlabels"):
        tally.change(reasons.OTHER_MARKS, place)
        return
    value = named(fields.get("value"), '"value"', place)
    start = whole(value.get("start"), '"start"', place)
    end = whole(value.get("end"), '"end"', place)
    types = value.get("labels", value.get("hypertextlabels"))
    shown_text = value.get("text")
    if isinstance(shown_text, str) and not _equal(text[max(start, 0) : max(end, 0)], shown_text):
        start, end = _from_utf16(text, start, end, shown_text, place)
    yield from mark_of(start, end, types, place, tally)


def _from_utf16(text: str, start: int, end: int, wanted: str, place: str) -> tuple[int, int]:
    """Return places in code points of places in UTF-16 units, if the text is there."""
    units = text.encode("utf-16-le", "surrogatepass")
    if 0 <= start <= end <= len(units) // 2:
        before = units[: 2 * start].decode("utf-16-le", "replace")
        inside = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        if _equal(inside, wanted):
            return len(before), len(before) + len(inside)
    raise DataError(
        f"{place}: the span at {start} to {end} should be {brief(wanted)}, but the text has "
        f"{brief(text[max(start, 0) : max(end, 0)])} there. Export the data again."
    )


def _equal(found: str, wanted: str) -> bool:
    """Compare two texts without blanks, which the tool writes differently."""
    return _bare(found) == _bare(wanted)


def _bare(text: str) -> str:
    return "".join(text.replace("\\n", " ").split())
