"""The order of the samples in an epoch: a function of seed and epoch alone."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, eagerly
from chainrule.ops import random_bits

_WORD = np.uint64(32)


def shuffled(samples: int, seed: int, epoch: int) -> Array:
    """Return the numbers from 0 to below `samples` in the random order of an epoch, int64.

    Every number draws 64 random bits, and they are sorted by these. The bits are those of Philox
    (`chainrule.ops.random_bits`), so that the order is the same on every machine, and the order of
    any epoch can be had without those before it.
    """
    with eagerly():
        high, low = random_bits(np.array([seed, epoch], np.int64), (2, samples)).read()
    keys = (high.view(np.uint32).astype(np.uint64) << _WORD) | low.view(np.uint32)
    return np.argsort(keys, kind="stable")
