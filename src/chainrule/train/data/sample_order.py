"""The order of the samples in an epoch: a function of seed and epoch."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

SEEDS = 2**63


def shuffled(samples: int, seed: int, epoch: int) -> Array:
    """Return a permutation of the numbers below `samples`, int64 (samples,), for one epoch.

    The generator is Philox with a key of seed and epoch, so the order of an epoch does not depend
    on earlier epochs or on the machine.
    """
    bits = np.random.Philox(key=np.array([seed, epoch], np.uint64))
    return np.random.Generator(bits).permutation(samples)
