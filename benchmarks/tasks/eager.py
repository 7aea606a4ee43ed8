"""The circuit of the lecture, f = (x + y) z, forward and backward, not compiled."""

from __future__ import annotations

import numpy as np

from benchmarks.problem import BATCHES, Problem


def problem(sizes: None) -> Problem:
    """Return batches of three numbers; what is compared as the loss is ∂f/∂z = x + y."""
    random = np.random.default_rng(6)
    numbers = random.uniform(0.5, 2.0, (BATCHES, 3)).astype(np.float32)
    return Problem(sizes, {}, [tuple(map(float, each)) for each in numbers])
