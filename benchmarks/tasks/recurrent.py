"""Recurrent nets over sequences, vanilla, LSTM and GRU: the last state is classified.

Sequences are (steps, batch, inputs). The LSTM's gates stand in PyTorch's order: input, forget,
candidate, output; those of the GRU too: reset, update, candidate. Both projections have a bias.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.draw import labels, linear, normal
from benchmarks.problem import BATCHES, Problem


@dataclass(frozen=True)
class Sizes:
    gates: int = 1
    steps: int = 50
    inputs: int = 64
    state: int = 128
    classes: int = 10
    batch: int = 32


VANILLA, LSTM, GRU = Sizes(), Sizes(gates=4), Sizes(gates=3)
TINY_VANILLA = Sizes(steps=3, inputs=4, state=5, classes=3, batch=4)
TINY_LSTM, TINY_GRU = replace(TINY_VANILLA, gates=4), replace(TINY_VANILLA, gates=3)


def problem(sizes: Sizes) -> Problem:
    """Return the first weights of the cell and the classifier, and batches of sequences."""
    random = np.random.default_rng(5)
    weights = {
        **linear(random, "entering", sizes.inputs, sizes.gates * sizes.state),
        **linear(random, "recurrent", sizes.state, sizes.gates * sizes.state),
        **linear(random, "output", sizes.state, sizes.classes),
    }
    shape = (sizes.steps, sizes.batch, sizes.inputs)
    batches = [
        (normal(random, *shape), labels(random, sizes.classes, sizes.batch)) for _ in range(BATCHES)
    ]
    return Problem(sizes, weights, batches)
