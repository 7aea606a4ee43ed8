"""Batches of texts of similar length, in few shapes, since functions are compiled per shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array


@dataclass(frozen=True, eq=False)
class LengthBatch:
    """Texts that are computed together.

    chosen  the positions of the texts
    rows    the rows of the batch, at least as many
    tokens  the tokens of each row
    """

    chosen: Array
    rows: int
    tokens: int


def length_batches(lengths: Array, size: int, longest: int) -> Iterator[LengthBatch]:
    """Yield batches of all texts, from the shortest to the longest.

    lengths  the number of tokens of each text
    size     about as many tokens are in a full batch
    longest  the largest number of tokens of a row

    Texts that would not fill a batch of their length are padded to that of longer texts, so that
    only the last batch has empty rows.
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        rows, tokens = _shape(int(lengths[order[start]]), size, longest)
        chosen = order[start : start + rows]
        if (last := int(lengths[chosen[-1]])) > tokens:
            rows, tokens = _shape(last, size, longest)
            chosen = chosen[:rows]
        start += len(chosen)
        yield LengthBatch(chosen, min(rows, _power_of_two(len(chosen))), tokens)


def _shape(length: int, size: int, longest: int) -> tuple[int, int]:
    """Return the rows and tokens of a full batch for texts of a length."""
    step = 4 if length <= 32 else 8 if length <= 64 else 16 if length <= 128 else 32
    tokens = min(-(-length // step) * step, longest)
    return max(1, size // tokens), tokens


def _power_of_two(count: int) -> int:
    return 1 << (count - 1).bit_length()
