"""Training of a network on handwritten digits, and pictures of what it learned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture import Outcome
from chainrule.zoo.digits import Digits

_SHOWN = 12


@dataclass(frozen=True)
class Reader:
    """A trained network, its history, and its answers to the held-out digits, (samples,)."""

    model: cr.nn.Sequential
    history: cr.train.History
    answers: Array
    digits: Digits

    @property
    def wrong(self) -> Array:
        """The positions of wrong answers among the held-out digits."""
        return np.flatnonzero(self.answers != self.digits.held_out[1])

    @property
    def accuracy(self) -> float:
        """The share of right answers on the held-out digits."""
        return 1 - len(self.wrong) / len(self.answers)


def trained(
    model: cr.nn.Sequential, digits: Digits, *, epochs: int, learning_rate: float = 1e-3
) -> Reader:
    """Train a network on the digits with Adam, and let it read those held out."""
    optimizer = cr.optim.Adam(model, cr.optim.schedules.Cosine(learning_rate, steps=epochs * 45))
    history = cr.train.fit(
        *(model, optimizer, cr.nn.cross_entropy, digits.training),
        epochs=epochs,
        validate=digits.held_out,
        metrics=[cr.train.metrics.Accuracy()],
        progress=False,
    )
    scores = cr.compile(model.eval())(digits.held_out[0])
    return Reader(model, history, np.asarray(scores).argmax(axis=1), digits)


def outcome(reader: Reader, wanted: float, draw: Any) -> Outcome:
    """Return the outcome: it held if the accuracy on held-out digits is above `wanted`."""
    read, count = len(reader.answers) - len(reader.wrong), len(reader.answers)
    size = sum(each.size for each in reader.model.parameters())
    return Outcome(
        figures={
            "weights and biases": f"{size:,}",
            "digits trained on": f"{len(reader.digits.training[1]):,}",
            "epochs": f"{len(reader.history)}, loss {reader.history['loss'][-1]:.4f}",
            "held-out digits": f"{read} of {count} read, {reader.accuracy:.1%}",
        },
        held=reader.accuracy > wanted,
        because=f"{reader.accuracy:.1%} of {count} held-out digits are read; the demonstration "
        f"asks for more than {wanted:.0%}",
        draw=draw,
    )


def draw_learning(axes: Any, reader: Reader) -> None:
    """Draw the errors on held-out digits after every epoch."""
    errors = 100 * (1 - np.array(reader.history["validation_accuracy"]))
    axes.plot(1 + np.arange(len(errors)), errors, "o-", markersize=4)
    axes.set(title="held-out digits", xlabel="epoch", ylabel="wrong answers, %", ylim=(0, None))


def draw_wrong(figure: Any, reader: Reader) -> None:
    """Draw up to 12 held-out digits that were read wrongly, with label and answer."""
    pictures, labels = reader.digits.held_out
    shown = reader.wrong[:_SHOWN]
    for axes, each in zip(
        _grid(figure, len(shown), math.isqrt(len(shown)) + 1), shown, strict=False
    ):
        axes.imshow(pictures[each, 0], cmap="gray_r")
        axes.set_title(f"{labels[each]} as {reader.answers[each]}", fontsize=10)
    figure.suptitle(f"{len(reader.wrong)} read wrongly", fontsize=13)


def draw_with_kernels(figure: Any, reader: Reader, columns: int, widths: tuple[float, ...]) -> None:
    """Draw the training, the kernels of the first layer in columns, and the errors."""
    left, middle, right = figure.subfigures(1, 3, width_ratios=widths)
    draw_learning(left.subplots(), reader)
    first = reader.model[0]
    assert isinstance(first, cr.nn.Conv2d)
    draw_kernels(middle, first.weight.read(), columns)
    draw_wrong(right, reader)


def draw_kernels(figure: Any, weights: Array, columns: int) -> None:
    """Draw the kernels (kernels, channels, rows, columns) of a first layer, red above 0."""
    places = _grid(figure, len(weights), columns)
    for axes, kernel in zip(places, weights.mean(axis=1), strict=False):
        limit = np.abs(kernel).max()
        axes.imshow(kernel, cmap="RdBu_r", vmin=-limit, vmax=limit)
    figure.suptitle(f"{len(weights)} kernels of the first layer", fontsize=13)


def _grid(figure: Any, count: int, columns: int) -> list[Any]:
    """Return axes without frames for `count` pictures or a few more, row by row."""
    rows = max(1, -(-count // columns))
    places = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in places:
        axes.axis("off")
    return places
