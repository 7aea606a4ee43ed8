"""AlexNet at a quarter of its width reads handwritten digits."""

from __future__ import annotations

from typing import Any

import chainrule as cr
from chainrule.lecture import Outcome
from chainrule.zoo.alexnet import AlexNet
from chainrule.zoo.demonstrations.reading_digits import (
    Reader,
    draw_kernels,
    draw_learning,
    draw_wrong,
    outcome,
    trained,
)
from chainrule.zoo.digits import digits

_TIMES = 9  # 72 pixels a side: the smallest multiple of 8 for which every layer has a place


def alexnet_reads_digits() -> Outcome:
    """Train AlexNet at a quarter of its width on digits of 72 x 72 pixels."""
    data = digits(_TIMES)
    model = AlexNet(10, channels=1, extent=8 * _TIMES, width=0.25, random=0)
    reader = trained(model, data, epochs=6)
    return outcome(reader, 0.97, lambda figure: _draw(figure, reader))


def _draw(figure: Any, reader: Reader) -> None:
    left, middle, right = figure.subfigures(1, 3, width_ratios=(1, 1.1, 1.1))
    draw_learning(left.subplots(), reader)
    first = reader.model[0]
    assert isinstance(first, cr.nn.Conv2d)
    draw_kernels(middle, first.weight.read(), 4)
    draw_wrong(right, reader)
