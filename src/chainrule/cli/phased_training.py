"""The run of `chainrule ulmfit train`: phases of a classifier, the best of all in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import chainrule as cr
from chainrule.classify import Classifier, LabelledTexts
from chainrule.cli.classify_training import ClassifierTraining, Record
from chainrule.pretrained.ulmfit import UlmfitNetwork
from chainrule.ulmfit import ClassifierSettings, train_classifier


class PhasedTraining(ClassifierTraining):
    """A classifier in training by gradual unfreezing: keeps the best one of all phases."""

    phase = 0

    def begin(self, line: str) -> None:
        """Print which phase begins."""
        self.phase += 1
        self.console.say(line)

    def after_epoch(self, run: cr.train.Run, record: Record) -> None:
        """Save the classifier if it is the best of all phases, and print the figures."""
        super().after_epoch(run, {**record, "phase": self.phase})

    def named(self, record: Record) -> str:
        """Return the name of an epoch in messages."""
        return f"epoch {record['epoch']} of phase {record.get('phase', self.phase)}"


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
    runs: list[PhasedTraining] = []

    def begun(classifier: Classifier) -> Sequence[cr.train.Callback]:
        runs.append(PhasedTraining(classifier, learned, dev, out))
        runs[0].announce()
        return runs

    _, history = train_classifier(
        net,
        learned,
        settings,
        dev=dev,
        callbacks=begun,
        on_phase=lambda line: runs[0].begin(line),
        checkpoint=checkpoint,
        compiled=compiled,
    )
    runs[0].conclude(history)
