"""Progress: a bar on the terminal, and a line per epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.epoch_figures import figures
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run

_GAP, _HARD_SPACE = "  ", "\0"
_WIDE_ENOUGH_FOR_RATE, _WIDE_ENOUGH_FOR_SPEED = 60, 80  # columns of the terminal


class Progress(Callback):
    """Show epoch, loss, rate, samples per second and the time left, and a line for every epoch.

    console  a console of rich; the standard output if None. The bar is shown on a terminal only
    lines    True prints the lines everywhere, also in notebooks and files

    On a terminal, lines longer than its width are broken between the figures. A bar narrower than
    80 columns leaves the samples per second out, one narrower than 60 also the rate.
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
        """Update the bar."""
        self._bar.update(self._task, completed=run.step, **_fields(run))

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Print a line with the figures of the epoch."""
        if self.lines or self.console.is_terminal:
            parts = epoch_parts(record)
            is_broken = self.console.is_terminal
            text = broken_lines(parts, self.console.width) if is_broken else _GAP.join(parts)
            # Users choose the names of metrics: square brackets in them are no markup.
            self._bar.console.print(text, soft_wrap=True, markup=False, emoji=False)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()


def epoch_parts(record: EpochRecord) -> list[str]:
    """Return the figures of an epoch as texts such as "loss 0.1235", the epoch first."""
    judged = [f"{name.replace('_', ' ')} {value:.4g}" for name, value in figures(record).items()]
    speed = f"{record['samples_per_second']:,.0f} samples/s"
    rate = f"rate {record['learning_rate']:.3g}"
    return [f"epoch {record['epoch']:3d}", *judged, rate, speed]


def broken_lines(parts: Sequence[str], width: int) -> str:
    """Return parts as lines of at most `width` characters; later lines begin below the second part.

    A part is broken between its words only if it is longer than a line.
    """
    first, *rest = parts
    indent = " " * (len(first) + len(_GAP))
    room = width - len(indent)
    kept = [each.replace(" ", _HARD_SPACE) if len(each) <= room else each for each in rest]
    lines = wrap(
        _GAP.join([first.replace(" ", _HARD_SPACE), *kept]),
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(_HARD_SPACE, " ")


class _SamplesPerSecond(ProgressColumn):
    """The samples per second in this epoch."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.fields['speed']} samples/s")


def _bar(console: Console) -> Bar:
    rate = "  rate {task.fields[rate]}" if console.width >= _WIDE_ENOUGH_FOR_RATE else ""
    has_speed = console.width >= _WIDE_ENOUGH_FOR_SPEED
    return Bar(
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}", table_column=_whole()),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}" + rate, table_column=_whole()),
        *([_SamplesPerSecond(table_column=_whole())] if has_speed else []),
        TimeRemainingColumn(table_column=_whole()),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _whole() -> Column:
    """Return a column of a table whose text is never broken."""
    return Column(no_wrap=True)


def _fields(run: Run) -> dict[str, Any]:
    return {
        "epoch": min(run.epoch, run.epochs),
        "epochs": run.epochs,
        "loss": _number(run.mean_loss, ".4g"),
        "rate": _number(run.learning_rate, ".3g"),
        "speed": _number(run.speed, ",.0f"),
    }


def _number(value: float, form: str) -> str:
    """Return a number as text, "-" for one that is not known yet."""
    return "-" if math.isnan(value) else format(value, form)
