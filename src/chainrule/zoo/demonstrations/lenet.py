"""LeNet reads handwritten digits."""

from __future__ import annotations

from chainrule.lecture import Outcome
from chainrule.zoo.demonstrations.reading_digits import draw_with_kernels, outcome, trained
from chainrule.zoo.digits import digits
from chainrule.zoo.lenet import LeNet


def lenet_reads_digits() -> Outcome:
    """Train LeNet on digits of 32 x 32 pixels."""
    reader = trained(LeNet(random=0), digits(4), epochs=15, learning_rate=2e-3)
    return outcome(reader, 0.96, lambda figure: draw_with_kernels(figure, reader, 2, (1, 0.9, 1.1)))
