"""Accuracy by the number of labelled texts, with and without pretraining."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from chainrule.classify import LabelledTexts, class_names
from chainrule.graph import Array
from chainrule.pretrained.ulmfit import UlmfitNetwork, language_model
from chainrule.storage.paths import AnyPath
from chainrule.transfer.subset import subset
from chainrule.ulmfit.curve_picture import draw
from chainrule.ulmfit.errors import UlmfitError
from chainrule.ulmfit.settings import ClassifierSettings
from chainrule.ulmfit.unfreezing import train_classifier

PRETRAINED, SCRATCH = "pretrained", "from scratch"
OnTraining = Callable[[str], None]


@dataclass(frozen=True)
class Curve:
    """Accuracies on held-out texts.

    sizes       numbers of labelled texts
    held_out    the number of held-out texts
    accuracies  by way of training, (sizes, seeds)
    """

    sizes: tuple[int, ...]
    held_out: int
    accuracies: dict[str, Array]

    def __str__(self) -> str:
        """Return the table of means and ranges over the seeds."""
        lines = ["labelled texts  " + "  ".join(f"{name:>22}" for name in self.accuracies)]
        for place, size in enumerate(self.sizes):
            cells = [_cell(each[place]) for each in self.accuracies.values()]
            lines.append(f"{size:>14,}  " + "  ".join(f"{each:>22}" for each in cells))
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """Return the curve as values of JSON."""
        return {
            "sizes": list(self.sizes),
            "held_out": self.held_out,
            "accuracies": {name: each.tolist() for name, each in self.accuracies.items()},
        }

    def plot(self, path: AnyPath | None = None) -> Any:
        """Draw the accuracies against the number of texts; return matplotlib's figure.

        path  the file to write the picture to (.png, .svg or .pdf); None for no file

        Raises UlmfitError without matplotlib (extra [plot]), and for other suffixes.
        """
        return draw(self.sizes, self.accuracies, self.held_out, path)


def learning_curve(
    net: UlmfitNetwork,
    learned: LabelledTexts,
    dev: LabelledTexts,
    sizes: Sequence[int],
    settings: ClassifierSettings,
    *,
    seeds: int = 1,
    steps: int = 120,
    on_training: OnTraining = lambda line: None,
    compiled: bool = True,
) -> Curve:
    """Train classifiers on subsets of labelled texts, with and without pretraining; return a curve.

    net          the language model to begin with, such as one that `fine_tune` returned
    learned      labelled texts, of which subsets are drawn that keep the shares of the classes
    dev          held-out texts; no decision depends on them
    sizes        numbers of labelled texts; at most all are taken
    seeds        trainings each, with another subset, head and order
    steps        the least number of steps of the last phase: few texts are read more often than
                 `settings.epochs` times
    on_training  is called with a line before every training

    Without pretraining the same network begins with drawn weights, and all of it is trained from
    the beginning, at one rate, for as many steps as all phases of the other together.
    """
    names = class_names(learned)
    found = tuple(dict.fromkeys(min(each, len(learned)) for each in sizes))
    if not found or min(found) < len(names) or seeds < 1:
        raise UlmfitError(
            f"A curve of sizes {[*sizes]} and {seeds} seeds was asked for. Give sizes of at least "
            f"{len(names)} texts, one of each class, and one seed at least."
        )
    figures = {name: np.zeros((len(found), seeds)) for name in (PRETRAINED, SCRATCH)}
    for (place, size), seed in product(enumerate(found), range(seeds)):
        part = subset(learned, size, seed)
        for name, each in figures.items():
            on_training(f"{size:,} texts, seed {seed}, {name}")
            chosen = _settings(settings, size, seed, steps, len(net.body.layers))
            begun = net if name == PRETRAINED else _drawn(net, seed)
            if name == SCRATCH:
                chosen = _in_one_phase(chosen, len(net.body.layers))
            made, _ = train_classifier(begun, part, chosen, labels=names, compiled=compiled)
            each[place, seed] = made.evaluate(dev)["accuracy"]
            on_training(f"{each[place, seed]:.2%}")
    return Curve(found, len(dev), figures)


def _settings(
    settings: ClassifierSettings, size: int, seed: int, steps: int, layers: int
) -> ClassifierSettings:
    """Return settings with as many epochs as make `steps` in the last phase, half before."""
    per_epoch = -(-size // settings.batch_size)
    epochs = max(settings.epochs, -(-steps // per_epoch))
    before = max(settings.phase_epochs, -(-steps // (2 * layers * per_epoch)))
    chosen = {"epochs": epochs, "phase_epochs": before, "seed": seed}
    return settings.model_copy(update=chosen)


def _in_one_phase(settings: ClassifierSettings, layers: int) -> ClassifierSettings:
    epochs = settings.epochs + layers * settings.phase_epochs
    return settings.model_copy(update={"epochs": epochs, "gradual": False, "rate_divisor": 1.0})


def _drawn(net: UlmfitNetwork, seed: int) -> UlmfitNetwork:
    sizes = net.body.settings
    return language_model(net.tokenizer.words, sizes.width, sizes.hidden, seed)


def _cell(figures: Array) -> str:
    if len(figures) == 1:
        return f"{figures[0]:.2%}"
    return f"{figures.mean():.2%} ({figures.min():.1%} to {figures.max():.1%})"
