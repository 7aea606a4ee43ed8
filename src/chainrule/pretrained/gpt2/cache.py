"""The keys and values of earlier tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.gpt2.settings import Gpt2Settings

_GRAIN = 16  # places of a capacity: those of a vector


class KeyValueCache:
    """The keys and values of the tokens that some texts have read, one row each.

    keys    of every layer, float32 (rows, heads, capacity, width of a head)
    values  of every layer, float32 (rows, heads, width of a head, capacity): of one feature, the
            values of all places follow each other, as sums over places read them
    filled  int64 (rows,): places that are filled, from 0 on; the others may hold anything finite
    """

    def __init__(self, settings: Gpt2Settings, rows: int, capacity: int) -> None:
        heads, each = settings.heads, settings.width // settings.heads
        places = -(-capacity // _GRAIN) * _GRAIN
        layers = range(settings.layers)
        self.keys = [np.zeros((rows, heads, places, each), np.float32) for _ in layers]
        self.values = [np.zeros((rows, heads, each, places), np.float32) for _ in layers]
        self.filled = np.zeros(rows, np.int64)

    def begin(self, rows: slice, keys: Sequence[Array], values: Sequence[Array], end: int) -> None:
        """Set the first `end` places of some rows; keys and values are (1, tokens, heads, width)."""
        for at, key, value in zip(range(len(self.keys)), keys, values, strict=True):
            self.keys[at][rows, :, :end] = key[:, :end].transpose(0, 2, 1, 3)
            self.values[at][rows, :, :, :end] = value[:, :end].transpose(0, 2, 3, 1)
        self.filled[rows] = end

    def append(self, keys: Sequence[Array], values: Sequence[Array]) -> None:
        """Fill the next place of every row; keys and values are (rows, heads, width)."""
        rows = np.arange(len(self.filled))
        for at, key, value in zip(range(len(self.keys)), keys, values, strict=True):
            self.keys[at][rows, :, self.filled] = key
            self.values[at][rows, :, :, self.filled] = value
        self.filled += 1

    def arrange(self, parents: Array) -> None:
        """Let every row hold what another one, or itself, holds."""
        moved = np.flatnonzero(parents != np.arange(len(parents)))
        if not moved.size:
            return
        end, sources = int(self.filled.max()), parents[moved]
        for keys, values in zip(self.keys, self.values, strict=True):
            keys[moved, :, :end] = keys[sources, :, :end]
            values[moved, :, :, :end] = values[sources, :, :, :end]
        self.filled[moved] = self.filled[sources]
