"""The trainings of `chainrule ner advise --try`: progress, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chainrule.cli.console import PlainConsole
from chainrule.ner import Advice
from chainrule.ner.advice.advising import divided, require_trial, trial_settings, with_trial
from chainrule.ner.advice.trial import MODES
from chainrule.text import Sentence
from chainrule.text.vectors import WordVectors

STOPPED = 130  # the exit code of shells for Ctrl-C


def tried_with_progress(
    found: Advice,
    train: Sequence[Sentence],
    dev: Sequence[Sentence] | None,
    vectors: WordVectors | None,
    seeds: int,
    epochs: int | None,
    *,
    compiled: bool,
) -> Advice:
    """Return an advice with a trial; progress is shown on the error stream."""
    learned, kept = divided(train, dev)
    given = require_trial(found, vectors, kept, seeds)
    settings = trial_settings(found.corpus, None, epochs)
    shown = _ShownTrial(learned, seeds, settings.epochs)
    shown.console.say(f"\n{_plan(seeds, settings.epochs, len(kept), found.split)}")
    with shown.bar:
        found = with_trial(
            found, learned, kept, given, settings, seeds, compiled, shown.begins, shown.advances
        )
    shown.conclude(found)
    return found


def _plan(seeds: int, epochs: int, sentences: int, split: bool) -> str:
    source = "the last tenth of the labelled set, in a row, " if split else ""
    return (
        f"{seeds * len(MODES)} trainings of {epochs} epochs; held out: {source}"
        f"{sentences:,} sentences"
    )


class _ShownTrial:
    """A trial that is shown: a bar on a terminal, a line per training elsewhere."""

    def __init__(self, train: Sequence[Sentence], seeds: int, epochs: int) -> None:
        self.console, self.count, self.number = PlainConsole(stderr=True), seeds * len(MODES), 0
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        words = sum(len(each.words) for each in train)
        self.task = self.bar.add_task("", total=words * epochs * self.count)
        self.start = perf_counter()

    def begins(self, mode: str, seed: int) -> None:
        """Show which training begins."""
        self.number += 1
        line = f"{mode}, seed {seed}, {self.number} of {self.count}"
        self.bar.update(self.task, description=line)
        if not self.console.is_terminal:
            self.console.say(f"{line}{self._left()}")

    def advances(self, words: int) -> None:
        """Advance the bar."""
        self.bar.advance(self.task, words)

    def conclude(self, found: Advice) -> None:
        """Say how long it took, and whether it was stopped."""
        trial = found.trial
        if trial is None:
            self.console.say("stopped by Ctrl-C before each mode was trained once")
        elif trial.seeds < trial.requested:
            self.console.say(f"stopped by Ctrl-C; seeds that are compared: {trial.seeds}")
        else:
            self.console.say(f"trained for {_duration(perf_counter() - self.start)}")

    def _left(self) -> str:
        """Return the time left, by the trainings so far."""
        done = self.number - 1
        if not done:
            return ""
        seconds = (perf_counter() - self.start) / done * (self.count - done)
        return f", about {_duration(seconds)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
