"""A log of steps and epochs as lines of JSON, which other programs can follow."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from chainrule.storage import write_atomically
from chainrule.train.history import Record
from chainrule.train.run import Run
from chainrule.train.step_log import StepLog


class JSONLinesLog(StepLog):
    """Append {"event": "epoch", ...} to `path` after every epoch, and {"event": "step", ...}.

    every_steps  a line after every so many steps, with loss and rate; 0 for none

    A resumed run drops the lines of the steps that it makes again; a new run begins a new file.
    Numbers that are infinite or NaN are null, as JSON has none. Raises OSError if the file cannot
    be written, ValueError for what is no number of steps.
    """

    def __init__(self, path: str | os.PathLike[str], *, every_steps: int = 0) -> None:
        super().__init__(every_steps)
        self.path = Path(path)

    def start(self, run: Run) -> None:
        """Begin the file, or drop what the run has yet to do."""
        lines = _lines_until(self.path, run) if run.step else []
        write_atomically(self.path, lambda file: file.write_text("".join(lines), encoding="utf-8"))

    def note_step(self, run: Run) -> None:
        """Append the loss and the rate of the step."""
        names = ("epoch", "step", "loss", "learning_rate")
        self._append({"event": "step"} | {name: getattr(run, name) for name in names})

    def after_epoch(self, run: Run, record: Record) -> None:
        """Append the figures of the epoch."""
        self._append({"event": "epoch"} | record)

    def _append(self, record: Record) -> None:
        with open(self.path, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(_finite(record), ensure_ascii=False) + "\n")


def _lines_until(path: Path, run: Run) -> list[str]:
    """Return the lines of the steps and epochs that the run has behind it."""
    if not path.exists():
        return []
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        try:
            record = json.loads(line)
        except ValueError:  # cut off when the process was killed
            continue
        done = record["epoch"] < run.epoch if record["event"] == "epoch" else True
        if done and record["step"] <= run.step:
            kept.append(line)
    return kept


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0.0 else value
