"""The best model of a run, kept in a file."""

from __future__ import annotations

import os
from typing import Any

from chainrule.storage import write_arrays
from chainrule.train.callbacks.best_value import Best, MonitorMode
from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class BestModel(Callback):
    """Save the model to `path`, as safetensors, after every epoch that is the best of its run.

    mode       "min" if small values of `monitor` are good, "max" if large ones are
    min_delta  what counts as better is better by more than this

    The file is exchanged as a whole. Raises StorageError if it cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        monitor: str = "validation_loss",
        *,
        mode: MonitorMode = "min",
        min_delta: float = 0.0,
    ) -> None:
        self.path, self.best = path, Best(monitor, mode, min_delta)

    def start(self, run: Run) -> None:
        """Forget an earlier run."""
        if run.step == 0:
            self.best.forget()

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Save the model if it is the best so far."""
        if self.best.improves(record):
            write_arrays(self.path, run.model.state())

    def settings(self) -> dict[str, Any]:
        """Return the options; the path may be another."""
        return self.best.settings()

    def state(self) -> dict[str, Any]:
        """Return the best value so far."""
        return self.best.state()

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError for a state that is none."""
        if state is not None:
            self.best.check(state)

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what `state` returned."""
        self.best.load_state(state)
