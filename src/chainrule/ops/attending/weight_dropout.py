"""Dropout of attention weights: the factors of the weights, as gates and as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from chainrule.graph import Array, DType, Shape, Tensor
from chainrule.ops.random_numbers import RANDOM_BITS, bernoulli
from chainrule.ops.where import where


class WeightDropout(NamedTuple):
    """Dropout of attention weights.

    key    int64 (2,), that of the random bits
    share  the probability with which a weight is kept
    """

    key: Tensor
    share: float

    def factors(self, shape: Shape, dtype: DType) -> Tensor:
        """Return the factors of weights of `shape`: 1 / share where kept, else 0."""
        factor = np.asarray(factor_of(self.share), dtype)
        return where(bernoulli(self.key, self.share, shape), factor, np.zeros((), dtype))


def factor_of(share: float) -> float:
    """Return the factor of weights that are kept; 0 where none is, as far as 32 bits tell."""
    return 1 / share if round(share * 2**32) else 0.0


def last_kept(share: float) -> int:
    """Return the largest random bits, as int32, with which a weight is kept."""
    return max(round(share * 2**32) - 1, 0) - 2**31


def factors_of(keys: Array, share: float, shape: Sequence[int], dtype: DType) -> Array:
    """Return the factors of weights (batch, heads, queries, keys), as an array.

    keys  int64 (n, 2): every one is for as many sequences of the batch, which follow each other
    """
    batch, *rest = shape
    part = (batch // len(keys), *rest)
    bits = np.concatenate([RANDOM_BITS.numpy(each, shape=part) for each in keys])
    return np.where(bits <= last_kept(share), factor_of(share), 0).astype(dtype)
