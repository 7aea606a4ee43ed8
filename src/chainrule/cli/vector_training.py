"""The training run of `chainrule vectors train`: a progress bar with the words per second."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.progress import (
    BarColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from chainrule.cli.console import PlainConsole
from chainrule.word2vec import Corpus, Progress, Settings, train_vectors

_STOPPED = 130  # the exit code of shells for Ctrl-C


def train_with_progress(
    files: Sequence[Path], out: Path, settings: Settings, *, resume: bool
) -> None:
    """Train word vectors; show progress on a terminal, and say what was written."""
    run = _ShownTraining(settings)
    try:
        with run.bar:
            vectors = train_vectors(
                files,
                out,
                settings,
                resume=resume,
                on_corpus=run.has_corpus,
                on_progress=run.has_progress,
            )
    except KeyboardInterrupt:
        if run.first is None:
            run.console.say("stopped before the first step; nothing was written")
        else:
            run.console.say("stopped; --resume continues from the checkpoint")
        raise typer.Exit(_STOPPED) from None
    run.console.say(f"{run.speed():,.0f} words/s, loss per pair {run.loss:.4f}")
    run.console.say(f"{len(vectors):,} vectors of size {vectors.size} in {out}")


class _ShownTraining:
    """A training that is shown: the bar, the time of its first step, and its last loss."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.console = settings, PlainConsole()
        self.bar = _bar(self.console)
        self.task = self.bar.add_task("", total=None, epoch=1, epochs=settings.epochs, loss="-")
        self.first: tuple[float, float] | None = None
        self.total, self.loss = 0, float("nan")

    def has_corpus(self, corpus: Corpus) -> None:
        """Say what the text has, and begin to count."""
        self.total = corpus.total * self.settings.epochs
        self.console.say(
            f"{corpus.total:,} tokens; {len(corpus.words):,} words occur at least "
            f"{self.settings.min_count} times, in {sum(corpus.counts.tolist()) / corpus.total:.1%} "
            "of the tokens"
        )
        self.bar.update(self.task, total=self.total)

    def has_progress(self, found: Progress) -> None:
        """Move the bar."""
        if self.first is None:
            self.first = time.perf_counter(), found.words
        self.loss = found.loss
        self.bar.update(
            self.task, completed=found.words, epoch=found.epoch, loss=f"{found.loss:.3f}"
        )

    def speed(self) -> float:
        """Return the words per second from the first step to the end."""
        if self.first is None:
            return 0.0
        start, words = self.first
        return (self.total - words) / max(1e-9, time.perf_counter() - start)


class _WordsPerSecond(ProgressColumn):
    """The words per second in the last seconds."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f} words/s")


def _bar(console: PlainConsole) -> Bar:
    whole = Column(no_wrap=True)
    return Bar(
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}", table_column=whole),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}", table_column=whole.copy()),
        _WordsPerSecond(table_column=whole.copy()),
        TimeRemainingColumn(table_column=whole.copy()),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
