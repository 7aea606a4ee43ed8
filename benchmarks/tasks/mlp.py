"""A multilayer perceptron on images as vectors: 784-256-128-10, ReLU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.draw import labels, linear, normal
from benchmarks.problem import BATCHES, Problem


@dataclass(frozen=True)
class Sizes:
    inputs: int = 784
    first: int = 256
    second: int = 128
    classes: int = 10
    batch: int = 128


TINY = Sizes(inputs=8, first=7, second=6, classes=3, batch=5)


def problem(sizes: Sizes) -> Problem:
    """Return the layers' first weights, and batches of vectors."""
    random = np.random.default_rng(2)
    weights = {
        **linear(random, "first", sizes.inputs, sizes.first),
        **linear(random, "second", sizes.first, sizes.second),
        **linear(random, "output", sizes.second, sizes.classes),
    }
    batches = [
        (normal(random, sizes.batch, sizes.inputs), labels(random, sizes.classes, sizes.batch))
        for _ in range(BATCHES)
    ]
    return Problem(sizes, weights, batches)
