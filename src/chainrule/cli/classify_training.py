"""The run of `chainrule classify train`: progress, and the best classifier in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import chainrule as cr
from chainrule import ChainruleError
from chainrule.classify import Classifier, LabelledTexts, save, train
from chainrule.classify.classifier_folder import DESCRIPTION
from chainrule.classify.token_ids import TokenIds
from chainrule.classify.training import monitored
from chainrule.cli.console import PlainConsole
from chainrule.cli.ranks import is_first

Record = dict[str, Any]


class ClassifierTraining(cr.train.Callback):
    """A training run that keeps the classifier with the best figure on held-out texts."""

    def __init__(
        self,
        classifier: Classifier,
        train: LabelledTexts,
        dev: LabelledTexts,
        out: Path,
        checkpoint: Path | None = None,
    ) -> None:
        self.classifier, self.train_data, self.dev_data = classifier, train, dev
        self.out, self.checkpoint = out, checkpoint
        self.monitor = monitored(classifier.settings)
        self.records: list[Record] = []
        self.console = PlainConsole()
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.3f}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )

    def train(self) -> None:
        """Train until the last epoch or Ctrl-C; the best classifier is in its folder then."""
        self._announce()
        with self._bar:
            history = train(
                self.classifier,
                self.train_data,
                self.dev_data,
                on_tokens=self._say_cut,
                callbacks=[self],
                checkpoint=self.checkpoint,
            )
        if not is_first():
            return
        if history.stopped:
            reason = "by Ctrl-C" if history.interrupted else f"early: {history.stopped}"
            self.console.say(f"stopped {reason}")
        if not self.records:
            raise ChainruleError(
                "The run was stopped before the first epoch was done, so nothing was written."
            )
        best = max(self.records, key=self._figure)
        self.console.say(
            f"{self.out}: the classifier of epoch {best['epoch']}, {_figures(best)} on "
            f"{self.dev_data.name}"
        )

    def start(self, run: cr.train.Run) -> None:
        """Begin the bar; take over the epochs of a checkpoint if their best classifier is there."""
        done = run.history.epochs
        if done:
            self.console.say(f"continuing after epoch {done[-1]['epoch']}")
        if (self.out / DESCRIPTION).is_file():
            self.records += done
        total = None if run.batches is None else run.batches * run.epochs
        self._task = self._bar.add_task(
            "", total=total, completed=run.step, epoch=run.epoch, loss=0.0
        )

    def after_step(self, run: cr.train.Run) -> None:
        """Move the bar."""
        self._bar.update(self._task, advance=1, epoch=run.epoch, loss=run.loss)

    def after_epoch(self, run: cr.train.Run, record: Record) -> None:
        """Save the classifier if it is the best so far, and print the figures."""
        is_best = not self.records or self._figure(record) > max(map(self._figure, self.records))
        if is_best:
            save(self.classifier, self.out, [*self.records, record])
        self.records.append(record)
        self.console.say(
            f"epoch {record['epoch']:3d}  loss {record['loss']:.4f}  {_figures(record)}  "
            f"{record['samples_per_second']:.0f} texts/s{'  best' if is_best else ''}"
        )

    def _say_cut(self, tokens: TokenIds) -> None:
        """Say how many texts may have been cut."""
        if tokens.filled:
            self.console.say(
                f"{tokens.filled} of {len(self.train_data)} texts fill {tokens.longest} tokens; "
                "what exceeds them was cut"
            )

    def _figure(self, record: Record) -> float:
        return float(record[self.monitor])

    def _announce(self) -> None:
        parameters = self.classifier.network.named_parameters().values()
        labels, data = self.classifier.labels, self.train_data
        self.console.say(
            f"training on {len(data)} {'texts' if data.pairs is None else 'pairs'}, "
            f"{f'{len(labels)} classes' if labels else 'regression'}; "
            f"{sum(each.size for each in parameters)} parameters"
        )


def _figures(record: Record) -> str:
    """Return the figures on held-out texts as words."""
    start = "validation_"
    named = {name.removeprefix(start): each for name, each in record.items() if start in name}
    return "  ".join(f"{name} {each:.4f}" for name, each in named.items() if name != "loss")
