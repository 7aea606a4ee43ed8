"""Records of exams in a file of a run: a line of JSON each, to be read again."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chainrule.storage import write_atomically
from chainrule.train.doctor.exam import (
    Exam,
    GateVitals,
    History,
    LoopVitals,
    NotFinite,
    WeightVitals,
)
from chainrule.train.errors import TrainingError

NAME = "doctor.jsonl"


def begin(path: Path, exams: list[Exam]) -> None:
    """Begin a file of records with the exams that a resumed run has behind it."""
    text = "".join(_line(each) for each in exams)
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def append(path: Path, record: Exam | NotFinite) -> None:
    """Add a record."""
    with open(path, "a", encoding="utf-8") as lines:
        lines.write(_line(record))


def read(path: str | os.PathLike[str]) -> History:
    """Return the records of a run, from its folder or from the file itself.

    A last line that was cut off when the process was killed is left out. Raises TrainingError if
    there is no such file, no record in it, or a line that is none.
    """
    if not Path(path).exists():
        raise TrainingError(
            f"There is no run at {path}. Give the folder of cr.train.Doctor(folder)."
        )
    file = Path(path) / NAME if Path(path).is_dir() else Path(path)
    if not file.is_file():
        raise TrainingError(
            f"{path} holds no records of the doctor ({NAME}). Train with "
            f"callbacks=[cr.train.Doctor({str(path)!r})] first."
        )
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    records = [_record(file, number, line, len(lines)) for number, line in enumerate(lines, 1)]
    exams = tuple(each for each in records if isinstance(each, Exam))
    ends = [each for each in records if isinstance(each, NotFinite)]
    if not exams and not ends:
        raise TrainingError(f"{file} is empty: the run ended before its first exam. Train on.")
    return History(exams, ends[-1] if ends else None)


def _line(record: Exam | NotFinite) -> str:
    kind = "exam" if isinstance(record, Exam) else "not finite"
    return json.dumps({"record": kind, **asdict(record)}, ensure_ascii=False) + "\n"


def _record(file: Path, number: int, line: str, count: int) -> Exam | NotFinite | None:
    try:
        told = json.loads(line)
        return NotFinite(**told) if told.pop("record") == "not finite" else _exam(told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if number == count:
            return None
        raise TrainingError(
            f"{file}, line {number}, is no record of the doctor: {error}. The file is damaged; "
            "remove it and train again."
        ) from error


def _exam(told: dict[str, Any]) -> Exam:
    gates = tuple(GateVitals(**each) for each in told.pop("gates"))
    weights = tuple(
        WeightVitals(**{**each, "shape": tuple(each["shape"])}) for each in told.pop("weights")
    )
    loops = tuple(
        LoopVitals(**{**each, "gradients": tuple(each["gradients"])}) for each in told.pop("loops")
    )
    return Exam(**told, gates=gates, weights=weights, loops=loops)
