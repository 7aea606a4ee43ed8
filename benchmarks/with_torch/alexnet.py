"""AlexNet in PyTorch, with the layers of the paper in the order of `chainrule.zoo.AlexNet`."""

from __future__ import annotations

from torch import nn


def alexnet(
    classes: int, *, channels: int, extent: int, width: float, dropout: float
) -> nn.Sequential:
    """Return the net with torch's first values; options are those of `chainrule.zoo.AlexNet`."""
    a, b, c, hidden = (2 * round(n * width / 2) for n in (96, 256, 384, 4096))
    side = (extent - 11) // 4 + 1
    for _ in range(3):
        side = (side - 3) // 2 + 1
    return nn.Sequential(
        nn.Conv2d(channels, a, 11, stride=4),
        nn.ReLU(),
        nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(a, b, 5, padding=2, groups=2),
        nn.ReLU(),
        nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(b, c, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.Conv2d(c, b, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Flatten(),
        nn.Linear(b * side * side, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, classes),
    )
