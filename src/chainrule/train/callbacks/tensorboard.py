"""The callback that writes events for TensorBoard."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from chainrule.train.callbacks.step_log import StepLog
from chainrule.train.errors import TrainingError
from chainrule.train.state.epoch_figures import POSITION, numbers
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class TensorBoard(StepLog):
    """Write the figures of every epoch as TensorBoard events.

    folder       the folder of the event files
    every_steps  also write loss and rate after every so many steps; 0 for no steps

    A resumed run hides the events of the steps that it repeats. Raises TrainingError without
    tensorboardX: pip install 'chainrule[tensorboard]'.
    """

    def __init__(self, folder: str | os.PathLike[str], *, every_steps: int = 0) -> None:
        super().__init__(every_steps)
        if find_spec("tensorboardX") is None:
            raise TrainingError(
                "TensorBoard events were requested, but tensorboardX is not installed: "
                "pip install 'chainrule[tensorboard]'."
            )
        self.folder = folder
        self._writer: Any = None

    def start(self, run: Run) -> None:
        """Open a new file of events."""
        writers = import_module("tensorboardX")
        purge = run.step + 1 if run.step else None
        self._writer = writers.SummaryWriter(os.fspath(self.folder), purge_step=purge)

    def log_step(self, run: Run) -> None:
        """Write the loss and the rate of the step."""
        self._writer.add_scalar("step/loss", run.loss, run.step)
        self._writer.add_scalar("step/learning_rate", run.learning_rate, run.step)

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Write the figures of the epoch."""
        for name, value in numbers(record).items():
            if name not in POSITION:
                self._writer.add_scalar(f"epoch/{name}", value, run.step)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
