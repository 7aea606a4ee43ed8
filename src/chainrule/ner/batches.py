"""Batches of sentences of similar length, padded to the same length."""

from __future__ import annotations

from typing import Any

import numpy as np

IdArray = np.ndarray[Any, np.dtype[np.int64]]


def rounded_length(length: int) -> int:
    """Return a length rounded up by at most a quarter, so that batches have few shapes."""
    grain = max(4, 1 << max(0, (length - 1).bit_length() - 2))
    return -(-length // grain) * grain


def grouped(sizes: IdArray, words: int, order: IdArray) -> list[tuple[IdArray, int]]:
    """Return batches of sentences as (their numbers, the length they are padded to).

    sizes  int64 (sentences,), the length that each sentence is padded to at least
    words  the number of words of a batch, about; padding counts
    order  all sentences, in the order in which those of one length are taken

    Sentences that do not fill a batch of their length join the next longer ones. Sentences of the
    length 0 are left out.
    """
    found: list[tuple[IdArray, int]] = []
    waiting = np.empty(0, np.int64)
    for steps in np.unique(sizes[sizes > 0]).tolist():
        waiting = np.concatenate([waiting, order[sizes[order] == steps]])
        count = max(1, words // steps)
        while len(waiting) >= count:
            found.append((waiting[:count], steps))
            waiting = waiting[count:]
    if len(waiting):
        found.append((waiting, steps))
    return found


def places_of(lengths: IdArray, firsts: IdArray, steps: int, margin: int = 0) -> IdArray:
    """Return the positions of the words of sentences in a flat array, int64 (sentences, ...).

    firsts  the position of the first word of each sentence
    steps   words per row; there are `margin` more on each side

    -1 stands for positions outside of a sentence.
    """
    inside = np.arange(-margin, steps + margin)
    places = firsts[:, None] + inside
    return np.where((inside >= 0) & (inside < lengths[:, None]), places, -1)
