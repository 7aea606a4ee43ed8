"""The keys and values of earlier tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.gpt2.settings import Gpt2Settings

BLOCK = 256  # places that are read together, or not at all
_GRAIN = 16  # places of a vector


class KeyValueCache:
    """The keys and values of the tokens that some texts have read, one row each.

    blocks  of every layer, blocks of places: keys (rows, heads, places, width of a head) and values
            (rows, heads, width of a head, places), float32. The values of one feature follow each
            other, as sums over places read them
    filled  int64 (rows,): places that are filled, from 0 on; the others may hold anything finite
    """

    def __init__(self, settings: Gpt2Settings, rows: int, capacity: int) -> None:
        heads, width = settings.heads, settings.width // settings.heads
        sizes = [min(BLOCK, capacity - first) for first in range(0, capacity, BLOCK)]
        self.blocks = [
            [_block(rows, heads, width, -(-size // _GRAIN) * _GRAIN) for size in sizes]
            for _ in range(settings.layers)
        ]
        self.filled = np.zeros(rows, np.int64)

    def begin(self, rows: slice, keys: Sequence[Array], values: Sequence[Array], end: int) -> None:
        """Set the first `end` places of some rows from (1, tokens, heads, width)."""
        for blocks, key, value in zip(self.blocks, keys, values, strict=True):
            for (own_keys, own_values), first, count in _until(blocks, end):
                part = slice(first, first + count)
                own_keys[rows, :, :count] = key[:, part].transpose(0, 2, 1, 3)
                own_values[rows, :, :, :count] = value[:, part].transpose(0, 2, 3, 1)
        self.filled[rows] = end

    def append(self, keys: Sequence[Array], values: Sequence[Array]) -> None:
        """Fill the next place of every row; keys and values are (rows, heads, width)."""
        numbers, places = np.divmod(self.filled, BLOCK)
        for number in np.unique(numbers):
            rows = np.flatnonzero(numbers == number)
            for blocks, key, value in zip(self.blocks, keys, values, strict=True):
                own_keys, own_values = blocks[number]
                own_keys[rows, :, places[rows]] = key[rows]
                own_values[rows, :, :, places[rows]] = value[rows]
        self.filled += 1

    def arrange(self, parents: Array) -> None:
        """Let every row hold what another one, or itself, holds."""
        moved = np.flatnonzero(parents != np.arange(len(parents)))
        if not moved.size:
            return
        end, sources = int(self.filled.max()), parents[moved]
        for blocks in self.blocks:
            for (keys, values), _, count in _until(blocks, end):
                keys[moved, :, :count] = keys[sources, :, :count]
                values[moved, :, :, :count] = values[sources, :, :, :count]
        self.filled[moved] = self.filled[sources]


def _block(rows: int, heads: int, width: int, places: int) -> tuple[Array, Array]:
    shape = (rows, heads)
    return np.zeros((*shape, places, width), np.float32), np.zeros(
        (*shape, width, places), np.float32
    )


def _until(
    blocks: Sequence[tuple[Array, Array]], end: int
) -> Iterator[tuple[tuple[Array, Array], int, int]]:
    """Yield blocks with a place before `end`, their first places, and how many are before it."""
    for number, block in enumerate(blocks):
        first = number * BLOCK
        if first < end:
            yield block, first, min(end - first, BLOCK)
