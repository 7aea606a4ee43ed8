"""The training run of `chainrule ner train`: progress, the best tagger, the training curve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

import chainrule as cr
from chainrule import ChainruleError
from chainrule.cli.console import PlainConsole
from chainrule.cli.ranks import is_first
from chainrule.ner import (
    Epoch,
    Tagger,
    calibrate,
    load,
    reliability,
    save,
    train,
    training_curve,
)
from chainrule.ner.features.contextual import keeping
from chainrule.ner.model_folder import CONFIG, CURVE, require_writable
from chainrule.ner.model_store import has_history, save_history
from chainrule.text import Sentence

_WIDE_ENOUGH_FOR_SPEED = 80  # columns of the terminal


class TaggerTraining:
    """A training run that keeps the tagger with the best F1 on held-out data."""

    def __init__(
        self,
        tagger: Tagger,
        train: Sequence[Sentence],
        dev: Sequence[Sentence],
        out: Path,
        checkpoint: Path | None = None,
        doctor: Path | None = None,
        callbacks: Sequence[cr.train.Callback] = (),
    ) -> None:
        """Prepare a run; raises ChainruleError, and writes nothing, if it cannot succeed."""
        if is_first():
            require_writable(out)
        self.tagger, self.train_data, self.dev_data, self.out = tagger, train, dev, out
        self.checkpoint = checkpoint
        measuring = [] if doctor is None else [cr.train.Doctor(doctor)]
        self.callbacks = [*callbacks, *measuring]
        if len(self.tagger.tags) == 1:
            raise ChainruleError(
                "The training data holds no entity, only the tag O, so nothing can be learned. "
                "Check that the last column holds the tags."
            )
        self.history: list[Epoch] = []
        self._saving: Epoch | None = None
        self.console = PlainConsole()

    def train(self) -> Tagger:
        """Train until the last epoch or Ctrl-C; return the best tagger, loaded from its folder."""
        words = sum(len(each.words) for each in self.train_data)
        self.console.say(
            f"training on {len(self.train_data)} sentences, {words} words; "
            f"{(len(self.tagger.tags) - 1) // 4} entity types; "
            f"{sum(each.size for each in self.tagger.network.parameters())} parameters"
        )
        try:
            history = self._watch(words)
            self._say_end(history)
        except KeyboardInterrupt:
            self.console.say("stopped by Ctrl-C")
            self._count_saved()
        if not is_first():
            return self.tagger
        if not self.history:
            raise ChainruleError(
                "The run was stopped before the first epoch was done, so nothing was written."
            )
        tagger = self._calibrated()
        self._conclude()
        return tagger

    def _calibrated(self) -> Tagger:
        """Fit the confidence of the best tagger to the held-out data, and save it again."""
        tagger = load(self.out)
        with keeping(tagger.lexicon.contextual, [each.words for each in self.dev_data]):
            return self._calibrated_tagger(tagger)

    def _calibrated_tagger(self, tagger: Tagger) -> Tagger:
        if calibrate(tagger, self.dev_data):
            save(tagger, self.out, [each.as_dict() for each in self.history])
            found = reliability(tagger, self.dev_data)
            self.console.say(
                f"confidence fitted to {found.count} entities found in the held-out data; "
                f"calibration error {found.error:.3f}"
            )
        else:
            self.console.say("confidence is as of the network: too few entities were found")
        return tagger

    def _say_end(self, history: cr.train.History) -> None:
        if history.interrupted:
            self.console.say("stopped by Ctrl-C")
        elif history.stopped:
            self.console.say(f"stopped early: {history.stopped}")

    def _watch(self, words: int) -> cr.train.History:
        count = self.tagger.settings.epochs
        with _progress(self.console) as progress:
            task = progress.add_task(
                "", total=words * count, epoch=1, epochs=count, loss=0.0, f1="-"
            )

            def on_batch(batch: int, loss: float) -> None:
                progress.update(task, advance=batch, loss=loss)

            def on_epoch(epoch: Epoch) -> None:
                self._keep(epoch)
                progress.update(task, epoch=min(epoch.number + 1, count), f1=f"{self.best.f1:.2f}")

            return train(
                self.tagger,
                self.train_data,
                self.dev_data,
                on_epoch=on_epoch,
                on_batch=on_batch,
                on_resume=self._resume,
                callbacks=self.callbacks,
                checkpoint=self.checkpoint,
            )

    def _resume(self, epochs: list[Epoch]) -> None:
        """Continue a run whose best tagger is in the folder; without it, the best is forgotten."""
        self.console.say(f"continuing after epoch {epochs[-1].number}")
        if (self.out / CONFIG).is_file():
            self.history += epochs

    def _keep(self, epoch: Epoch) -> None:
        is_best = not self.history or epoch.f1 > self.best.f1
        if is_best:
            self._saving = epoch
            save(self.tagger, self.out, [each.as_dict() for each in (*self.history, epoch)])
        # Appended after saving: Ctrl-C during saving keeps the tagger before it as the best.
        self.history.append(epoch)
        self.console.say(
            f"epoch {epoch.number:3d}  loss {epoch.loss:.4f}  dev F1 {epoch.f1:5.2f}  "
            f"{epoch.words_per_second:7.0f} words/s{'  best' if is_best else ''}"
        )

    def _count_saved(self) -> None:
        """Append the epoch whose tagger was written, if Ctrl-C came before it was appended."""
        saving = self._saving
        if saving is not None and saving not in self.history:
            records = [each.as_dict() for each in (*self.history, saving)]
            if has_history(self.out, records):
                self.history.append(saving)

    @property
    def best(self) -> Epoch:
        """The epoch with the best F1."""
        return max(self.history, key=lambda each: each.f1)

    def _conclude(self) -> None:
        save_history(self.out, [each.as_dict() for each in self.history])
        best = self.best
        self.console.say(f"best epoch {best.number}, dev F1 {best.f1:.2f}; model in {self.out}")
        if training_curve.can_draw():
            training_curve.draw_curve(self.history, self.out / CURVE)
            self.console.say(f"training curve in {self.out / CURVE}")
        else:
            self.console.say("no curve drawn: pip install 'chainrule[plot]' installs matplotlib")


class _WordsPerSecond(ProgressColumn):
    """The words per second in the last seconds."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f} words/s")


def _whole() -> Column:
    """Return a column of a table whose text is never broken."""
    return Column(no_wrap=True)


def _progress(console: Console) -> Progress:
    has_speed = console.width >= _WIDE_ENOUGH_FOR_SPEED
    return Progress(
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}", table_column=_whole()),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.3f}", table_column=_whole()),
        TextColumn("best F1 {task.fields[f1]}", table_column=_whole()),
        *([_WordsPerSecond(table_column=_whole())] if has_speed else []),
        TimeRemainingColumn(table_column=_whole()),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
