"""The padded extents of batches of sequences: few of them, chosen for the least padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import Array

Bucket = tuple[Array, int]


def ladder(lengths: Array, count: int, multiple: int, longest: int | None = None) -> Array:
    """Return at most `count` extents, int64 in increasing order, to which sequences are padded.

    lengths   int64 (sequences,), at least one, each 1 or more
    multiple  every extent is a multiple of it, except that none is above `longest`

    Every sequence is padded to the least extent that holds it. Of all choices this one has the
    fewest padded tokens: dynamic programming over the different extents, O(extents² · count).
    """
    rounded = -(-np.maximum(lengths, 1) // multiple) * multiple
    if longest is not None:
        rounded = np.minimum(rounded, longest)
    extents, counts = np.unique(rounded, return_counts=True)
    below = np.concatenate([[0], np.cumsum(counts)])
    # cost[i]: tokens of the sequences up to extent i - 1, padded to the chosen extents
    cost = np.full(len(extents) + 1, np.inf)
    cost[0] = 0.0
    choices = []
    for _ in range(min(count, len(extents))):
        # joined[i, j]: extents i to j are padded to extent j
        joined = cost[:-1, None] + (below[None, 1:] - below[:-1, None]) * extents[None, :]
        joined[np.tril_indices(len(extents), -1)] = np.inf
        first = joined.argmin(axis=0)
        choices.append(first)
        cost = np.concatenate([[0.0], joined[first, np.arange(len(extents))]])
    return extents[_chosen(choices, len(extents))]


def _chosen(choices: Sequence[Array], extents: int) -> list[int]:
    """Return the places of the extents by the first place that each of them pads."""
    found: list[int] = []
    last = extents - 1
    for first in reversed(choices):
        if last < 0:
            break
        found.append(last)
        last = int(first[last]) - 1
    return found[::-1]


def buckets(lengths: Array, extents: Array, size: int, order: Array) -> list[Bucket]:
    """Return batches of sequences of similar length: (sequence numbers, extent) each.

    extents  in increasing order; the last holds the longest sequence
    size     sequences per batch
    order    the sequence numbers in the order in which they are taken

    All batches have `size` sequences, except one of the last extent: what is left over of an extent
    joins the next larger one. Extents and sizes depend on the lengths alone, not on the order.
    """
    rungs = np.searchsorted(extents, lengths[order])
    found: list[Bucket] = []
    left = order[:0]
    for rung, extent in enumerate(extents.tolist()):
        members = np.concatenate([left, order[rungs == rung]])
        whole = len(members) - len(members) % size
        found += [(each, extent) for each in members[:whole].reshape(-1, size)]
        left = members[whole:]
    if len(left):
        found.append((left, int(extents[-1])))
    return found
