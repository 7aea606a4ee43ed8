"""A small ResNet reads handwritten digits."""

from __future__ import annotations

from typing import Any

import chainrule as cr
from chainrule.lecture import Outcome
from chainrule.zoo.demonstrations.reading_digits import (
    Reader,
    draw_learning,
    draw_wrong,
    outcome,
    trained,
)
from chainrule.zoo.digits import digits
from chainrule.zoo.resnet import ResNet


def resnet_reads_digits() -> Outcome:
    """Train a ResNet of 8 layers on digits of 8 x 8 pixels."""
    reader = trained(ResNet(random=0), digits(1), epochs=15, learning_rate=5e-3)
    return outcome(reader, 0.97, lambda figure: _draw(figure, reader))


def _draw(figure: Any, reader: Reader) -> None:
    left, middle, right = figure.subfigures(1, 3)
    draw_learning(left.subplots(), reader)
    _draw_confusion(middle.subplots(), reader)
    draw_wrong(right, reader)


def _draw_confusion(axes: Any, reader: Reader) -> None:
    """Draw how often each digit was read as each."""
    counts = cr.train.metrics.confusion_matrix(reader.answers, reader.digits.held_out[1])
    axes.imshow(counts**0.5, cmap="Blues")
    for (label, answer), count in zip(_places(counts), counts.flat, strict=True):
        if count:
            colour = "white" if count > counts.max() / 3 else "black"
            axes.text(answer, label, count, ha="center", va="center", color=colour, fontsize=9)
    axes.set(title="held-out digits", xlabel="answer", ylabel="label")
    axes.set(xticks=range(len(counts)), yticks=range(len(counts)))
    axes.grid(visible=False)


def _places(counts: Any) -> Any:
    return ((label, answer) for label in range(len(counts)) for answer in range(len(counts)))
