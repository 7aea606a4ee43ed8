"""The callback that saves the best model of a run."""

from __future__ import annotations

import os
from typing import Any

from chainrule.storage import write_arrays
from chainrule.train.callbacks.best_value import BestValue, MonitorMode
from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class BestModel(Callback):
    """Save the state of the model to a safetensors file after every best epoch so far.

    path       the file, which is replaced atomically
    monitor    the name of the figure that is compared
    mode       "min" if small values of `monitor` are good, "max" if large ones are
    min_delta  the least difference that counts as an improvement

    Raises StorageError if the file cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        monitor: str = "validation_loss",
        *,
        mode: MonitorMode = "min",
        min_delta: float = 0.0,
    ) -> None:
        self.path, self.best = path, BestValue(monitor, mode, min_delta)

    def start(self, run: Run) -> None:
        """Reset the best value for a new run."""
        if run.step == 0:
            self.best.forget()

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Save the model if this epoch is the best so far."""
        if self.best.improves(record):
            write_arrays(self.path, run.model.state())

    def settings(self) -> dict[str, Any]:
        """Return the options except the path, which may change."""
        return self.best.settings()

    def state(self) -> dict[str, Any]:
        """Return the best value so far."""
        return self.best.state()

    def check(self, run: Run, state: dict[str, Any] | None) -> None:
        """Raise TrainingError for an invalid state."""
        if state is not None:
            self.best.check(state)

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the state that `state` returned."""
        self.best.load_state(state)
