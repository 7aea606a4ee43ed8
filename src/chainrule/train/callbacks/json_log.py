"""The callback that logs steps and epochs as lines of JSON."""

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

_FAMILY, _VERSION = "chainrule-log", 2  # version 1 did not name its format
_RECORD = {"event": TEXT, "step": COUNT}
_EPOCH = {"epoch": NUMBER_FROM_1}


class JSONLinesLog(StepLog):
    """Append a line of JSON to a file after every epoch, and after steps on request.

    path         the file; a new run replaces it
    every_steps  log loss and rate after every so many steps; 0 for no steps

    Lines are {"event": "epoch", ...} and {"event": "step", ...}. A resumed run removes the lines of
    the steps that it repeats. Infinite and NaN numbers are written as null. Raises StorageError if
    the file cannot be written, TrainingError before the run continues if the file holds other
    lines, and ValueError for an invalid number of steps.
    """

    def __init__(self, path: str | os.PathLike[str], *, every_steps: int = 0) -> None:
        super().__init__(every_steps)
        self.path = Path(path)

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError or StorageError for a file that cannot be continued."""
        records_in(self.path, _FAMILY, _VERSION, _require_record)

    def start(self, run: Run) -> None:
        """Begin the file, or remove the lines of steps that the run repeats."""
        lines = _lines_until(self.path, run) if run.step else []
        write_atomically(self.path, lambda file: file.write_text("".join(lines), encoding="utf-8"))

    def log_step(self, run: Run) -> None:
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
    """Return the lines of the steps and epochs that the run has done."""
    return [
        f"{line}\n"
        for line, record in records_in(path, _FAMILY, _VERSION, _require_record)
        if record["step"] <= run.step
        and (record["event"] != "epoch" or record["epoch"] < run.epoch)
    ]


def _require_record(record: dict[str, Any]) -> str | None:
    """Return a phrase that says why a record is not one of this log, None if it is one."""
    return wrong(record, _RECORD | (_EPOCH if record.get("event") == "epoch" else {}))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0.0 else value
