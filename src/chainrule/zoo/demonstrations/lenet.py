"""LeNet reads handwritten digits."""

from __future__ import annotations

from typing import Any

import chainrule as cr
from chainrule.lecture import Outcome
from chainrule.zoo.demonstrations.reading_digits import (
    Reader,
    draw_kernels,
    draw_learning,
    draw_wrong,
    outcome,
    trained,
)
from chainrule.zoo.digits import digits
from chainrule.zoo.lenet import LeNet


def lenet_reads_digits() -> Outcome:
    """Train LeNet on digits of 32 x 32 pixels."""
    reader = trained(LeNet(random=0), digits(4), epochs=15, learning_rate=2e-3)
    return outcome(reader, 0.96, lambda figure: _draw(figure, reader))


def _draw(figure: Any, reader: Reader) -> None:
    left, middle, right = figure.subfigures(1, 3, width_ratios=(1, 0.9, 1.1))
    draw_learning(left.subplots(), reader)
    first = reader.model[0]
    assert isinstance(first, cr.nn.Conv2d)
    draw_kernels(middle, first.weight.read(), 2)
    draw_wrong(right, reader)
