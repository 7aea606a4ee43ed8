"""The file of exams of a run: a line of JSON per exam."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from chainrule.storage import shown, write_atomically
from chainrule.storage.format import format_name
from chainrule.train.callbacks.json_lines import append_line, records_in
from chainrule.train.doctor.exam import (
    Exam,
    ExamHistory,
    GateMeasures,
    LoopMeasures,
    NotFinite,
    WeightMeasures,
)
from chainrule.train.doctor.records.record_fields import fault
from chainrule.train.errors import TrainingError

NAME = "doctor.jsonl"
_FAMILY, _VERSION = "chainrule-doctor", 2  # version 1 did not name its format


def begin(path: Path, exams: list[Exam]) -> None:
    """Write a new file with the exams of the steps that a resumed run has done."""
    text = "".join(f"{_line(each)}\n" for each in exams)
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def append(path: Path, record: Exam | NotFinite) -> None:
    """Append a record to the file."""
    append_line(path, _line(record))


def read(path: str | os.PathLike[str]) -> ExamHistory:
    """Return the exams of a run from the folder given to `Doctor`, or from the file itself.

    An incomplete last line, which a killed process leaves, is skipped. Raises TrainingError if the
    file is missing, empty, or has an invalid line; StorageError for a file that is not regular or
    has a newer version.
    """
    if not os.path.exists(path):
        raise TrainingError(
            f"There is no run at {shown(path)}. Give the folder of cr.train.Doctor(folder)."
        )
    file = Path(path) / NAME if os.path.isdir(path) else Path(path)
    if not file.exists():
        raise TrainingError(
            f"{shown(path)} holds no records of the doctor ({NAME}). Train with "
            f"callbacks=[cr.train.Doctor({shown(path)!r})] first."
        )
    records = _records(file)
    exams = tuple(each for each in records if isinstance(each, Exam))
    ends = [each for each in records if isinstance(each, NotFinite)]
    if not records:
        raise TrainingError(
            f"{shown(file)} is empty: the run ended before its first exam. Train for more steps."
        )
    return ExamHistory(exams, ends[-1] if ends else None)


def exams_in(file: Path) -> list[Exam]:
    """Return the exams in a file, an empty list if there is no file; raises as `read` does."""
    return [each for each in _records(file) if isinstance(each, Exam)]


def _records(file: Path) -> list[Exam | NotFinite]:
    found = [_record(each) for _, each in records_in(file, _FAMILY, _VERSION, fault)]
    _require_order(file, [each for each in found if isinstance(each, Exam)])
    return found


def _require_order(file: Path, exams: Sequence[Exam]) -> None:
    for before, after in pairwise(exams):
        if after.step <= before.step:
            raise TrainingError(
                f"{shown(file)} has an exam of step {after.step} after one of step {before.step}. "
                "It is damaged, or of two runs; remove it and train again."
            )


def _line(record: Exam | NotFinite) -> str:
    kind = "exam" if isinstance(record, Exam) else "not finite"
    entry = {"record": kind, "format": format_name(_FAMILY, _VERSION), **asdict(record)}
    return json.dumps(entry)


def _record(entry: dict[str, Any]) -> Exam | NotFinite:
    fields = {name: each for name, each in entry.items() if name not in ("record", "format")}
    return NotFinite(**fields) if entry["record"] == "not finite" else _exam(fields)


def _exam(entry: dict[str, Any]) -> Exam:
    gates = tuple(GateMeasures(**each) for each in entry.pop("gates"))
    weights = tuple(
        WeightMeasures(**{**each, "shape": tuple(each["shape"])}) for each in entry.pop("weights")
    )
    loops = tuple(
        LoopMeasures(**{**each, "gradients": tuple(each["gradients"])})
        for each in entry.pop("loops")
    )
    return Exam(**entry, gates=gates, weights=weights, loops=loops)
