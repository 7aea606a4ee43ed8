"""AlexNet: five convolutional layers, two of hidden units, a score per class."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr


class AlexNet(cr.nn.Sequential):
    """AlexNet: images (batch, channels, extent, extent) to scores (batch, classes).

    width    the factor of all kernels and hidden units; 1 for those of the paper
    extent   pixels of a side; 227 gives the paper's 55 x 55 places of the first layer
    dropout  the probability of dropping a hidden unit in training
    random   a NumPy generator or a seed; fresh entropy if None

    layer    kernels              then
    1        96 of 11 x 11, stride 4    ReLU, local response normalisation, max pooling
    2        256 of 5 x 5, 2 groups     ReLU, local response normalisation, max pooling
    3        384 of 3 x 3               ReLU
    4        384 of 3 x 3, 2 groups     ReLU
    5        256 of 3 x 3, 2 groups     ReLU, max pooling
    6, 7     4096 hidden units each     ReLU, dropout
    8        a score per class

    At full size it has 60,965,224 weights and biases for 1000 classes; without the groups, which
    split it between two devices, they would be 62,378,344. Pooling is over 3 x 3 elements with
    stride 2. First values are the paper's N(0, 0.01²) in layer 1 and He's elsewhere, since narrow
    nets do not begin to learn from the paper's. Krizhevsky, Sutskever, Hinton: ImageNet
    classification with deep convolutional neural networks (2012), section 3.
    """

    def __init__(
        self,
        classes: int = 1000,
        *,
        channels: int = 3,
        extent: int = 227,
        width: float = 1.0,
        dropout: float = 0.5,
        random: np.random.Generator | int | None = None,
    ) -> None:
        source = np.random.default_rng(random)
        first, second, third, hidden = (2 * round(n * width / 2) for n in (96, 256, 384, 4096))
        self.places = _pooled(_pooled(_pooled((extent - 11) // 4 + 1)))

        def kernels(before: int, count: int, size: int, **options: Any) -> cr.nn.Conv2d:
            options = {"initial": cr.nn.initial.he_normal, "random": source, **options}
            return cr.nn.Conv2d(before, count, size, **options)

        def units(before: int, count: int) -> cr.nn.Linear:
            return cr.nn.Linear(before, count, initial=cr.nn.initial.he_normal, random=source)

        super().__init__(
            kernels(channels, first, 11, stride=4, initial=cr.nn.initial.normal(0.01)),
            *(cr.relu, _normalised(), _pool()),
            *(kernels(first, second, 5, padding=2, groups=2), cr.relu, _normalised(), _pool()),
            *(kernels(second, third, 3, padding=1), cr.relu),
            *(kernels(third, third, 3, padding=1, groups=2), cr.relu),
            *(kernels(third, second, 3, padding=1, groups=2), cr.relu, _pool(), cr.nn.Flatten()),
            *(units(second * self.places**2, hidden), cr.relu),
            cr.nn.Dropout(dropout, random=source),
            *(units(hidden, hidden), cr.relu),
            cr.nn.Dropout(dropout, random=source),
            units(hidden, classes),
        )


def _normalised() -> cr.nn.LocalResponseNorm:
    """Return the paper's normalisation: its alpha of 1e-4 is multiplied by the size here."""
    return cr.nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


def _pool() -> cr.nn.MaxPool2d:
    return cr.nn.MaxPool2d(3, stride=2)


def _pooled(extent: int) -> int:
    return (extent - 3) // 2 + 1
