"""Progress: a bar on the terminal, and a line per epoch."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.epoch_figures import figures
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class Progress(Callback):
    """Show epoch, loss, rate, samples per second and the time left, and a line for every epoch.

    console  of rich; the standard output if None. The bar is shown if it is a terminal
    lines    whether the lines are printed anywhere: in notebooks and files too
    """

    def __init__(self, console: Console | None = None, *, lines: bool = False) -> None:
        self.console, self.lines = console or Console(highlight=False), lines
        self._bar, self._task = _bar(self.console), TaskID(0)

    def start(self, run: Run) -> None:
        """Show the bar."""
        self._bar = _bar(self.console)
        total = run.batches and run.batches * run.epochs
        self._task = self._bar.add_task("", total=total, completed=run.step, **_fields(run))
        self._bar.start()

    def tick(self, run: Run) -> None:
        """Bring the bar up to date."""
        self._bar.update(self._task, completed=run.step, **_fields(run))

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Print a line with the figures of the epoch."""
        if self.lines or self.console.is_terminal:
            # Names of metrics are the user's: square brackets in them are no markup.
            line = epoch_line(record)
            self._bar.console.print(line, soft_wrap=True, markup=False, emoji=False)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


def epoch_line(record: EpochRecord) -> str:
    """Return the figures of an epoch in a line."""
    judged = [f"{name.replace('_', ' ')} {value:.4g}" for name, value in figures(record).items()]
    speed = f"{record['samples_per_second']:,.0f} samples/s"
    rate = f"rate {record['learning_rate']:.3g}"
    return "  ".join([f"epoch {record['epoch']:3d}", *judged, rate, speed])


class _SamplesPerSecond(ProgressColumn):
    """Samples per second in this epoch."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.fields['speed']:,.0f} samples/s")


def _bar(console: Console) -> Bar:
    return Bar(
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4g}  rate {task.fields[rate]:.3g}"),
        _SamplesPerSecond(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _fields(run: Run) -> dict[str, Any]:
    return {
        "epoch": min(run.epoch, run.epochs),
        "epochs": run.epochs,
        "loss": run.mean_loss,
        "rate": run.learning_rate,
        "speed": run.speed,
    }
