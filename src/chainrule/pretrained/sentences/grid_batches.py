"""Batches whose rows and lengths are on a coarse grid, for networks whose every step costs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.sentences.length_batches import LengthBatch

_FEW = 8  # a group of lengths with less than this part of a full batch joins the next longer one


def grid_batches(lengths: Array, size: int) -> Iterator[LengthBatch]:
    """Yield batches of all texts, from the shortest to the longest.

    lengths  the number of steps of each text, 1 or more
    size     about as many steps are in a full batch

    The steps of a row are 8, 12, 16, 24, 32, 48, ... and rows are powers of two, so that there are
    few shapes. A recurrent network computes its padding too: `length_batches`, which pads short
    texts until a batch is full, would make it compute several times what is asked for.
    """
    order = np.argsort(lengths, kind="stable")
    steps = np.array([_grid(int(each)) for each in lengths[order]], np.int64)
    start = 0
    while start < len(order):
        end = int(np.searchsorted(steps, steps[start], side="right"))
        while end < len(order) and (end - start) * steps[end - 1] * _FEW < size:
            end = int(np.searchsorted(steps, steps[end], side="right"))
        tokens = int(steps[end - 1])
        full = 1 << (max(1, size // tokens).bit_length() - 1)
        for first in range(start, end, full):
            chosen = order[first : min(first + full, end)]
            yield LengthBatch(chosen, 1 << (len(chosen) - 1).bit_length(), tokens)
        start = end


def _grid(length: int) -> int:
    """Return the least of 8, 12, 16, 24, 32, 48, ... that is at least a length."""
    power = max(8, 1 << (length - 1).bit_length())
    return power * 3 // 4 if length <= power * 3 // 4 and power > 8 else power
