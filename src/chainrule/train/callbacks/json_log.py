"""A log of steps and epochs as lines of JSON, which other programs can follow."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from chainrule.storage import write_atomically
from chainrule.storage.format import format_name
from chainrule.train.callbacks.json_lines import append_line, records_in
from chainrule.train.callbacks.step_log import StepLog
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run
from chainrule.train.state.value_kinds import COUNT, NUMBER_FROM_1, TEXT, wrong

_FAMILY, _VERSION = "chainrule-log", 2  # 1 did not name its format
_RECORD = {"event": TEXT, "step": COUNT}
_EPOCH = {"epoch": NUMBER_FROM_1}


class JSONLinesLog(StepLog):
    """Append {"event": "epoch", ...} to `path` after every epoch, and {"event": "step", ...}.

    every_steps  a line after every so many steps, with loss and rate; 0 for none

    A resumed run drops the lines of the steps that it makes again; a new run begins a new file.
    Numbers that are infinite or NaN are null, as JSON has none. Raises StorageError if the file
    cannot be written, TrainingError, before the run goes on, if it holds other lines than such;
    ValueError for what is no number of steps.
    """

    def __init__(self, path: str | os.PathLike[str], *, every_steps: int = 0) -> None:
        super().__init__(every_steps)
        self.path = Path(path)

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError or StorageError for a file that cannot be gone on with."""
        records_in(self.path, _FAMILY, _VERSION, _require_record)

    def start(self, run: Run) -> None:
        """Begin the file, or drop what the run has yet to do."""
        lines = _lines_until(self.path, run) if run.step else []
        write_atomically(self.path, lambda file: file.write_text("".join(lines), encoding="utf-8"))

    def note_step(self, run: Run) -> None:
        """Append the loss and the rate of the step."""
        names = ("epoch", "step", "loss", "learning_rate")
        self._append({"event": "step"} | {name: getattr(run, name) for name in names})

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Append the figures of the epoch."""
        self._append({"event": "epoch"} | record)

    def _append(self, record: EpochRecord) -> None:
        record = {**record, "format": format_name(_FAMILY, _VERSION)}
        append_line(self.path, json.dumps(_finite(record)))


def _lines_until(path: Path, run: Run) -> list[str]:
    """Return the lines of the steps and epochs that the run has behind it."""
    return [
        f"{line}\n"
        for line, record in records_in(path, _FAMILY, _VERSION, _require_record)
        if record["step"] <= run.step
        and (record["event"] != "epoch" or record["epoch"] < run.epoch)
    ]


def _require_record(record: dict[str, Any]) -> str | None:
    """Return in words what keeps a record from being one of this log, None if nothing does."""
    return wrong(record, _RECORD | (_EPOCH if record.get("event") == "epoch" else {}))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0.0 else value
