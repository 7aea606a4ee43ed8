"""The run of `chainrule ulmfit train`: phases of a classifier, the best of all in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chainrule as cr
from chainrule import ChainruleError
from chainrule.classify import Classifier, LabelledTexts, save
from chainrule.cli.console import PlainConsole
from chainrule.cli.training_bar import TrainingBar
from chainrule.pretrained.ulmfit import UlmfitNetwork
from chainrule.ulmfit import ClassifierSettings, train_classifier

Record = dict[str, Any]
_MONITORED = "f1"


class PhasedTraining(TrainingBar):
    """A classifier in training by gradual unfreezing: keeps the best one of all phases."""

    def __init__(self, console: PlainConsole, dev: LabelledTexts, out: Path) -> None:
        super().__init__(console)
        self.dev, self.out = dev, out
        self.records: list[Record] = []

    def after_epoch(self, run: cr.train.Run, record: Record) -> None:
        """Print the loss."""
        speed = record["samples_per_second"]
        self.console.say(
            f"epoch {record['epoch']:3d}  loss {record['loss']:.4f}  {speed:.0f} texts/s"
        )

    def after_phase(self, classifier: Classifier) -> None:
        """Print the figures on the held-out texts; save the classifier if it is the best so far."""
        found = classifier.evaluate(self.dev)
        record = {name: each for name, each in found.items() if name != "classes"}
        is_best = all(record[_MONITORED] > each[_MONITORED] for each in self.records)
        self.records.append({"phase": len(self.records) + 1, **record})
        if is_best:
            save(classifier, self.out, self.records)
        self.console.say(f"{_figures(record)}{'  best' if is_best else ''}")

    def conclude(self) -> None:
        """Say which classifier is in the folder; raises ChainruleError if there is none."""
        if not self.records:
            raise ChainruleError(
                "The run was stopped before the first phase was done, so nothing was written."
            )
        best = max(self.records, key=lambda record: record[_MONITORED])
        self.console.say(
            f"{self.out}: the classifier of phase {best['phase']}, {_figures(best)} on "
            f"{self.dev.name}"
        )


def train_in_phases(
    net: UlmfitNetwork,
    learned: LabelledTexts,
    dev: LabelledTexts,
    settings: ClassifierSettings,
    out: Path,
    checkpoint: Path | None,
    compiled: bool,
) -> None:
    """Train a classifier and keep the best one in a folder; print what happens."""
    console = PlainConsole()
    run = PhasedTraining(console, dev, out)
    train_classifier(
        net,
        learned,
        settings,
        callbacks=lambda classifier: [run],
        on_phase=console.say,
        after_phase=run.after_phase,
        checkpoint=checkpoint,
        compiled=compiled,
    )
    run.conclude()


def _figures(record: Record) -> str:
    return "  ".join(f"{name} {record[name]:.4f}" for name in ("accuracy", _MONITORED))
