"""Files with one JSON object per line: read and checked as a whole, appended to by line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.storage import StorageError, read_regular, reason, shown
from chainrule.storage.format import version_of
from chainrule.train.errors import TrainingError

JSONObject = dict[str, Any]
RecordLine = tuple[str, JSONObject]
Fault = Callable[[JSONObject], str | None]
_FORMAT = "format"


def records_in(path: Path, family: str, newest: int, fault: Fault) -> list[RecordLine]:
    """Return the lines of a file, each with its record; an empty list if there is no file.

    family  the name of the format in every record; records of version 1 have none
    newest  the newest version of the format that can be read
    fault   returns a phrase that says what is wrong with a record, None if it is valid

    An incomplete last line, which a killed process leaves, is skipped. Raises StorageError for
    a file that is not regular or has a newer version, TrainingError for lines that are no records.
    """
    if not os.path.lexists(path):
        return []
    *lines, last = read_regular(path).split(b"\n")
    found = [_record(path, number, line, fault) for number, line in enumerate(lines, start=1)]
    found += [_record(path, len(lines) + 1, last, fault)] if _is_whole(last) else []
    for _, each in found:
        version_of(path, each.get(_FORMAT, f"{family}-1"), family, newest)
    return found


def append_line(path: Path, text: str) -> None:
    """Add a line to a regular file; raises StorageError if it cannot be written."""
    try:
        with open(path, "a", encoding="utf-8") as lines:
            lines.write(f"{text}\n")
    except (OSError, ValueError) as error:
        raise StorageError(f"{shown(path)} could not be written: {reason(error)}.") from error


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _record(path: Path, number: int, line: bytes, fault: Fault) -> RecordLine:
    try:
        text = line.decode("utf-8")
        record = json.loads(text)
        wrong = fault(record) if isinstance(record, dict) else "it is not an object"
    except (ValueError, RecursionError) as error:
        wrong = str(error)
    if wrong is not None:
        raise TrainingError(
            f"{shown(path)}, line {number}, is not a record of this log: {wrong}. Correct or "
            "remove the line, or name another file."
        )
    return text, record
