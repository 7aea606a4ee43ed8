"""What is shown of the training of a language model: a bar, and a line per epoch."""

from __future__ import annotations

import math
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import chainrule as cr
from chainrule.cli.console import PlainConsole

Record = dict[str, Any]


class LanguageProgress(cr.train.Callback):
    """Shows the loss and the perplexity of a language model in training."""

    def __init__(self, console: PlainConsole) -> None:
        self.console = console
        self.bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.3f}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def start(self, run: cr.train.Run) -> None:
        """Begin the bar."""
        if run.history.epochs:
            self.console.say(f"continuing after epoch {run.history.epochs[-1]['epoch']}")
        total = None if run.batches is None else run.batches * run.epochs
        self.bar.start()
        self._task = self.bar.add_task(
            "", total=total, completed=run.step, epoch=run.epoch, loss=0.0
        )

    def after_step(self, run: cr.train.Run) -> None:
        """Move the bar."""
        self.bar.update(self._task, advance=1, epoch=run.epoch, loss=run.loss)

    def after_epoch(self, run: cr.train.Run, record: Record) -> None:
        """Print the figures."""
        held_out = record.get("validation_loss")
        shown = "" if held_out is None else f"  held-out perplexity {math.exp(held_out):.1f}"
        self.console.say(f"epoch {record['epoch']:3d}  loss {record['loss']:.4f}{shown}")

    def close(self) -> None:
        """Remove the bar."""
        self.bar.stop()
