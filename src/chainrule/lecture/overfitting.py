"""A task on which a net memorises its few samples and generalises badly.

Pictures of seven-segment digits, 12 x 8 pixels with noise, at one of four places. Of the 500
training labels a fifth are wrong. The net has 200 hidden units, about 21,000 weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array

CLASSES, SIZE, BATCH, EPOCHS = 10, (12, 8), 50, 60
NOISE, WRONG = 0.4, 0.2

Samples = tuple[Array, Array]
Penalty = Callable[[cr.nn.Module], cr.Tensor | float]

DIGITS = (
    *("abcdef", "bc", "abdeg", "abcdg", "bcfg"),
    *("acdfg", "acdefg", "abc", "abcdefg", "abcdfg"),
)
# The segments are named as usual: a at the top, clockwise to f, and g in the middle.
_PIXELS = {
    "a": np.s_[0, 1:4],
    "b": np.s_[1:4, 4],
    "c": np.s_[5:8, 4],
    "d": np.s_[8, 1:4],
    "e": np.s_[5:8, 0],
    "f": np.s_[1:4, 0],
    "g": np.s_[4, 1:4],
}


@dataclass(frozen=True)
class Task:
    """Pictures (samples, 96) and labels (samples,) for training, validation and test."""

    training: Samples
    validation: Samples
    test: Samples


@dataclass(frozen=True)
class Trained:
    """The result of a training.

    losses  the validation loss after every epoch, penalty included
    on_...  the accuracy at the end, on each part of the task
    small   the share of weights below 0.001 at the end
    """

    losses: Sequence[float]
    on_training: float
    on_validation: float
    on_test: float
    small: float

    @property
    def gap(self) -> float:
        """The accuracy on training data minus that on test data."""
        return self.on_training - self.on_test

    def __str__(self) -> str:
        return f"{self.on_training:.1%} right on training, {self.on_test:.1%} on test"

    def improves(self, other: Trained) -> bool:
        """Say whether gap and test accuracy are better by at least a percentage point each."""
        return self.gap < other.gap - 0.01 and self.on_test > other.on_test + 0.01


def digits_task() -> Task:
    """Return the task, always the same; the test labels have no errors."""
    random = np.random.default_rng(0)
    return Task(_digits(500, WRONG, random), _digits(500, WRONG, random), _digits(2000, 0, random))


def trained(
    task: Task,
    *,
    dropout: float = 0.0,
    penalty: Penalty = lambda model: 0.0,
    augmented: bool = False,
    callbacks: Sequence[cr.train.Callback] = (),
) -> Trained:
    """Train the net on the task for 60 epochs.

    dropout    the probability of dropout in the hidden layer
    penalty    a function of the model whose value is added to the loss
    augmented  whether the pictures of a batch are shifted by up to a pixel
    """
    model = cr.nn.Sequential(
        cr.nn.Linear(SIZE[0] * SIZE[1], 200, random=0),
        cr.relu,
        cr.nn.Dropout(dropout, random=1),
        cr.nn.Linear(200, CLASSES, random=2),
    )
    history = cr.train.fit(
        model,
        cr.optim.Adam(model, learning_rate=1e-3),
        lambda scores, labels: cr.nn.cross_entropy(scores, labels) + penalty(model),
        (lambda epoch: _moved(task.training, epoch)) if augmented else task.training,
        epochs=EPOCHS,
        batch_size=BATCH,
        validate=task.validation,
        callbacks=callbacks,
        progress=False,
    )
    parts = (task.training, task.validation, task.test)
    on_training, on_validation, on_test = (_accuracy(model, each) for each in parts)
    weights = np.concatenate([np.ravel(each.read()) for each in model.parameters()])
    small = float((np.abs(weights) < 1e-3).mean())
    return Trained(history["validation_loss"], on_training, on_validation, on_test, small)


def best(runs: Mapping[float, Trained]) -> tuple[float, Trained]:
    """Return the strength with the best validation accuracy, and its result."""
    return max(runs.items(), key=lambda each: each[1].on_validation)


def draw_gap(axes: Any, runs: Mapping[float, Trained]) -> None:
    """Draw training and test accuracy against the strength of a regulariser."""
    strengths = list(runs)
    training = [100 * each.on_training for each in runs.values()]
    test = [100 * each.on_test for each in runs.values()]
    axes.plot(strengths, training, "s-", color="C1", label="training")
    axes.plot(strengths, test, "o-", color="C0", label="test")
    axes.fill_between(strengths, training, test, color="C7", alpha=0.2, label="gap")
    axes.set(ylabel="right answers, %", ylim=(0, 105))
    axes.legend(loc="lower left")


def _accuracy(model: cr.nn.Module, samples: Samples) -> float:
    accuracy = cr.train.metrics.Accuracy()
    found = cr.train.evaluate(model, cr.nn.cross_entropy, samples, metrics=[accuracy])
    return float(found["accuracy"])


def displays(
    shown: Sequence[str], count: int, noise: float, random: np.random.Generator
) -> Samples:
    """Return pictures of seven-segment displays at random places, float32 (count, 96), and labels.

    shown  the segments that are lit, for each label
    noise  the standard deviation of what is added to pixels, which are 0 or 1
    """
    labels = random.integers(len(shown), size=count)
    pictures = random.normal(0, noise, (count, *SIZE)).astype("float32")
    for picture, label in zip(pictures, labels, strict=True):
        top, left = random.integers(1, 3, size=2)
        for segment in shown[label]:
            picture[top : top + 9, left : left + 5][_PIXELS[segment]] += 1
    return pictures.reshape(count, -1), labels


def shifted(pictures: Array, random: np.random.Generator) -> Array:
    """Return pictures (count, 96), all shifted by at most a pixel along both axes."""
    moved = np.roll(pictures.reshape(-1, *SIZE), random.integers(-1, 2, size=2), axis=(1, 2))
    return moved.reshape(pictures.shape)


def _digits(count: int, wrong: float, random: np.random.Generator) -> Samples:
    pictures, shown = displays(DIGITS, count, NOISE, random)
    is_wrong = random.random(count) < wrong
    return pictures, np.where(is_wrong, random.integers(CLASSES, size=count), shown)


def _moved(samples: Samples, epoch: int) -> Iterator[Samples]:
    """Yield the batches of an epoch, each shifted by at most a pixel along both axes."""
    random = np.random.default_rng(epoch)
    pictures, labels = samples
    for chosen in random.permutation(len(labels)).reshape(-1, BATCH):
        yield shifted(pictures[chosen], random), labels[chosen]
