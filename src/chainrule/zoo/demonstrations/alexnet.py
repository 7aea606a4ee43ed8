"""AlexNet at a quarter of its width reads handwritten digits."""

from __future__ import annotations

from chainrule.lecture import Outcome
from chainrule.zoo.alexnet import AlexNet
from chainrule.zoo.demonstrations.reading_digits import draw_with_kernels, outcome, trained
from chainrule.zoo.digits import digits

_TIMES = 9  # 72 pixels a side: the smallest multiple of 8 for which every layer has a place


def alexnet_reads_digits() -> Outcome:
    """Train AlexNet at a quarter of its width on digits of 72 x 72 pixels."""
    data = digits(_TIMES)
    model = AlexNet(10, channels=1, extent=8 * _TIMES, width=0.25, random=0)
    reader = trained(model, data, epochs=6)
    return outcome(reader, 0.97, lambda figure: draw_with_kernels(figure, reader, 4, (1, 1.1, 1.1)))
