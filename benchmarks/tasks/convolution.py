"""A convolutional net on images: two times 3x3 filters, ReLU and 2x2 maxima; two linear layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.draw import labels, linear, normal
from benchmarks.problem import BATCHES, Problem


@dataclass(frozen=True)
class Sizes:
    channels: int = 3
    extent: int = 32
    first: int = 32
    second: int = 64
    hidden: int = 128
    classes: int = 10
    batch: int = 64


TINY = Sizes(channels=2, extent=8, first=3, second=4, hidden=6, classes=3, batch=4)


def problem(sizes: Sizes) -> Problem:
    """Return the first filters and weights, and batches of images."""
    random = np.random.default_rng(3)
    features = sizes.second * (sizes.extent // 4) ** 2
    weights = {
        **linear(random, "first", sizes.channels, sizes.first, 3, 3),
        **linear(random, "second", sizes.first, sizes.second, 3, 3),
        **linear(random, "hidden", features, sizes.hidden),
        **linear(random, "output", sizes.hidden, sizes.classes),
    }
    shape = (sizes.batch, sizes.channels, sizes.extent, sizes.extent)
    batches = [
        (normal(random, *shape), labels(random, sizes.classes, sizes.batch)) for _ in range(BATCHES)
    ]
    return Problem(sizes, weights, batches)
