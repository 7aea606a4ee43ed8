"""A bar for the steps of a training run, as a callback that may serve several runs in turn."""

from __future__ import annotations

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import chainrule as cr
from chainrule.cli.console import PlainConsole


class TrainingBar(cr.train.Callback):
    """Shows epoch, loss and remaining time on a terminal, and nothing elsewhere."""

    def __init__(self, console: PlainConsole) -> None:
        self.console = console
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.3f}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def start(self, run: cr.train.Run) -> None:
        """Begin the bar of a run."""
        if run.history.epochs:
            self.console.say(f"continuing after epoch {run.history.epochs[-1]['epoch']}")
        total = None if run.batches is None else run.batches * run.epochs
        self._bar.start()
        self._task = self._bar.add_task(
            "", total=total, completed=run.step, epoch=run.epoch, loss=0.0
        )

    def after_step(self, run: cr.train.Run) -> None:
        """Move the bar."""
        self._bar.update(self._task, advance=1, epoch=run.epoch, loss=run.loss)

    def close(self) -> None:
        """Remove the bar."""
        for each in self._bar.task_ids:
            self._bar.remove_task(each)
        self._bar.stop()
