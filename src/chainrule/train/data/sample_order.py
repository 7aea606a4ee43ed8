"""The order of the samples in an epoch: a function of seed and epoch alone."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

SEEDS = 2**63


def shuffled(samples: int, seed: int, epoch: int) -> Array:
    """Return the numbers from 0 to below `samples` in the random order of an epoch, int64.

    The random numbers are those of Philox, whose key is made of seed and epoch, so that the order
    of any epoch can be had without those before it, on every machine.
    """
    bits = np.random.Philox(key=np.array([seed, epoch], np.uint64))
    return np.random.Generator(bits).permutation(samples)
