"""The elements of a tensor at which derivatives are measured: a grid of few positions."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Shape

Kept = list[list[int]]


def checked_positions(gradient: Array, most: int) -> Kept:
    """Return the positions per axis, at most `most` in all; those with a gradient come first.

    A table of which a batch reads few rows is thus checked at these rows.
    """
    return [
        _positions(gradient, axis, count)
        for axis, count in enumerate(_counts(gradient.shape, most))
    ]


def _counts(shape: Shape, most: int) -> list[int]:
    """Return how many positions each axis gets: the longest axes are halved until they fit."""
    counts = list(shape)
    while np.prod(counts, dtype=np.int64) > most:
        longest = int(np.argmax(counts))
        counts[longest] = (counts[longest] + 1) // 2
    return counts


def _positions(gradient: Array, axis: int, count: int) -> list[int]:
    others = tuple(i for i in range(gradient.ndim) if i != axis)
    moving = np.flatnonzero(np.any(gradient != 0, axis=others))
    still = np.setdiff1d(np.arange(gradient.shape[axis]), moving)
    first = _spread(moving, min(count, len(moving)))
    rest = _spread(still, count - len(first))
    found: list[int] = sorted([*first, *rest])
    return found


def _spread(numbers: Array, count: int) -> list[int]:
    """Return `count` of the numbers, evenly spread from the first to the last."""
    if count == 0:
        return []
    at = np.linspace(0, len(numbers) - 1, count).round().astype(np.int64)
    found: list[int] = numbers[at].tolist()
    return found
