"""Batch normalisation where training is too slow: six layers, with and without it, at two rates.

Ioffe and Szegedy (2015). Every layer of 32 units is normalised before its activation. The task is
that of the claim about activations, two spirals, with SGD. Where SGD alone learns well, batch
normalisation does not always help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.points import spirals

DEPTH, WIDTH, EPOCHS, LEARNT = 6, 32, 40, 0.15
ACTIVATIONS = {"sigmoid": cr.sigmoid, "tanh": cr.tanh, "ReLU": cr.relu}
RATES = (0.01, 0.1)


@dataclass(frozen=True)
class NormResult:
    """The loss of every epoch without batch normalisation and with it, and the final accuracies."""

    without: Sequence[float]
    normalised: Sequence[float]
    accuracies: tuple[float, float]

    @property
    def last(self) -> tuple[float, float]:
        """The mean losses of the last five epochs, without and with it."""
        return float(np.mean(self.without[-5:])), float(np.mean(self.normalised[-5:]))

    def __str__(self) -> str:
        plain, normalised = (_epochs(each) for each in (self.without, self.normalised))
        return (
            f"{plain} without, {normalised} with it; accuracy {self.accuracies[0]:.0%} and "
            f"{self.accuracies[1]:.0%}"
        )


@claim("Where training is too slow, batch normalisation makes it fast.")
def batch_norm() -> Outcome:
    found = {(name, rate): _found(name, rate) for name in ACTIVATIONS for rate in RATES}
    slow = [each for each in found.values() if each.last[0] > LEARNT]
    sigmoid = found["sigmoid", 0.1]
    faster = sum(each.last[1] < 0.5 * each.last[0] for each in slow)
    return Outcome(
        figures={f"{name}, rate {rate:g}": str(each) for (name, rate), each in found.items()},
        held=len(slow) >= 3
        and faster == len(slow)
        and sigmoid.accuracies[0] < 0.7
        and sigmoid.accuracies[1] > 0.9,
        because=f"in {len(slow)} of {len(found)} trainings the loss stays above {LEARNT:g}; with "
        f"batch normalisation it falls below half of that in {faster} of them, to "
        f"{sigmoid.accuracies[1]:.0%} accuracy instead of {sigmoid.accuracies[0]:.0%} in the "
        "sigmoid net",
        draw=lambda figure: _draw(figure, found),
    )


def _found(name: str, rate: float) -> NormResult:
    without, normalised = (_trained(name, rate, normalise) for normalise in (False, True))
    return NormResult(without[0], normalised[0], (without[1], normalised[1]))


def _trained(name: str, rate: float, normalise: bool) -> tuple[Sequence[float], float]:
    """Return the loss of every epoch, and the accuracy at the end."""
    random, (x, labels) = np.random.default_rng(0), spirals(384, np.random.default_rng(0))
    layers: list[Any] = []
    for inputs in (2, *[WIDTH] * (DEPTH - 1)):
        norm = [cr.nn.BatchNorm(WIDTH)] if normalise else []
        layers += [cr.nn.Linear(inputs, WIDTH, random=random), *norm, ACTIVATIONS[name]]
    model = cr.nn.Sequential(*layers, cr.nn.Linear(WIDTH, 2, random=random))
    optimizer, loss = cr.optim.SGD(model, rate), cr.nn.cross_entropy
    history = cr.train.fit(model, optimizer, loss, (x, labels), epochs=EPOCHS, progress=False)
    return history["loss"], cr.train.metrics.accuracy(model.eval()(x), labels)


def _epochs(losses: Sequence[float]) -> str:
    below = next((i for i, loss in enumerate(losses, start=1) if loss < LEARNT), None)
    return f"never below {LEARNT:g}" if below is None else f"below {LEARNT:g} in epoch {below}"


def _draw(figure: Any, found: dict[tuple[str, float], NormResult]) -> None:
    grid = figure.subplots(len(RATES), len(ACTIVATIONS), sharex=True, sharey=True)
    epochs = range(1, EPOCHS + 1)
    for axes, ((name, rate), each) in zip(grid.T.flat, found.items(), strict=True):
        axes.semilogy(epochs, each.without, "--", color="C1", label="without")
        axes.semilogy(epochs, each.normalised, color="C0", label="with batch normalisation")
        axes.set(title=f"{name}, rate {rate:g}")
    for axes in grid[-1]:
        axes.set(xlabel="epoch")
    for axes in grid[:, 0]:
        axes.set(ylabel="loss")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
