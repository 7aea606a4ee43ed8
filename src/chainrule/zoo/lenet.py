"""LeNet-5: two convolutional layers, two of hidden units, a score per digit."""

from __future__ import annotations

import numpy as np

import chainrule as cr


class LeNet(cr.nn.Sequential):
    """LeNet-5: images (batch, 1, 32, 32) to scores (batch, classes).

    random  a NumPy generator or a seed; fresh entropy if None

    Two layers of 5 x 5 kernels, 6 and 16 of them, each followed by tanh and average pooling, then
    120 and 84 tanh units and a score per class; 61,706 weights and biases for 10 classes. As is
    usual today, pooling has no weights, every kernel of the second layer reads all channels, and
    the scores are linear. LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to
    document recognition (1998), section II.B.
    """

    def __init__(
        self, classes: int = 10, *, random: np.random.Generator | int | None = None
    ) -> None:
        source = np.random.default_rng(random)
        super().__init__(
            *(cr.nn.Conv2d(1, 6, 5, random=source), cr.tanh, cr.nn.AveragePool2d(2)),
            *(cr.nn.Conv2d(6, 16, 5, random=source), cr.tanh, cr.nn.AveragePool2d(2)),
            cr.nn.Flatten(),
            *(cr.nn.Linear(16 * 5 * 5, 120, random=source), cr.tanh),
            *(cr.nn.Linear(120, 84, random=source), cr.tanh),
            cr.nn.Linear(84, classes, random=source),
        )
