"""A word-window tagger: vectors of words, one hidden layer, classes; Adam on the touched rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.draw import labels, linear, normal, zipf
from benchmarks.problem import BATCHES, Problem


@dataclass(frozen=True)
class Sizes:
    vocabulary: int = 100_000
    vector: int = 50
    batch: int = 64
    window: int = 5
    hidden: int = 128
    classes: int = 9


TINY = Sizes(vocabulary=50, vector=4, batch=6, hidden=7, classes=3)


def problem(sizes: Sizes) -> Problem:
    """Return the tagger's first weights, and windows of ids with the labels of their centres."""
    random = np.random.default_rng(1)
    weights = {
        "words.weight": normal(random, sizes.vocabulary, sizes.vector, deviation=0.1),
        **linear(random, "hidden", sizes.window * sizes.vector, sizes.hidden),
        **linear(random, "output", sizes.hidden, sizes.classes),
    }
    batches = [
        (
            zipf(random, sizes.vocabulary, sizes.batch, sizes.window),
            labels(random, sizes.classes, sizes.batch),
        )
        for _ in range(BATCHES)
    ]
    return Problem(sizes, weights, batches)
