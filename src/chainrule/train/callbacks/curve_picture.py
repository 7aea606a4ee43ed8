"""The callback that draws the curves of a run."""

from __future__ import annotations

import os
from time import perf_counter

from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.figure_files import require_drawing
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class Curves(Callback):
    """Draw losses and metrics to a .png, .svg or .pdf file during the run.

    path           the file, which is replaced atomically
    every_seconds  the least number of seconds between two pictures; the last picture is drawn when
                   the run ends

    Raises TrainingError without matplotlib: pip install 'chainrule[plot]'.
    """

    def __init__(self, path: str | os.PathLike[str], *, every_seconds: float = 10.0) -> None:
        require_drawing(path)
        self.path, self.every_seconds = path, every_seconds
        self._next = 0.0

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Draw, if the last picture is old enough."""
        if perf_counter() >= self._next:
            run.history.plot(self.path)
            self._next = perf_counter() + self.every_seconds

    def finish(self, run: Run) -> None:
        """Draw the curves of all epochs."""
        if run.history.epochs:
            run.history.plot(self.path)
