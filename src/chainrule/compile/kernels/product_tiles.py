"""How a product with windows is divided into tiles, whose sums stay in registers.

The vectors of a tile hold adjacent places, or adjacent kernels (rows of the matrix). Places are not
adjacent at the end of a row, so that some lanes are unused, and vectors of them are rarely aligned.
Kernels fill their vectors if they are many, but have to be transposed when they are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.compile.kernels.place_vectors import NUMBERS, place_vectors
from chainrule.compile.kernels.tile_sums import best_tile, slowness, tiles
from chainrule.graph import Array

_UNALIGNED = 1.0
_STORED = 1.5  # the time to store a vector, in products of vectors
_TRANSPOSED = 300  # the time to transpose and store a tile of one vector


@dataclass(frozen=True, eq=False)
class ProductTiles:
    """The tiles of a product.

    of_kernels  whether vectors hold kernels, and the rows of a tile are places
    tile        rows and vectors
    band        the kernels of a tile
    block       the spans of a tile
    spans       for each part of the product, adjacent places: where they begin, the number of the
                first one, and a mask of the places among them
    """

    of_kernels: bool
    tile: tuple[int, int]
    band: int
    block: int
    spans: list[Array]

    @property
    def has_gaps(self) -> bool:
        """Whether places of a span are not adjacent."""
        masks = np.concatenate([each[:, -1] for each in self.spans])
        return bool(np.any(masks & (masks + 1)))


def product_tiles(kernels: int, deep: int, places: Sequence[Array], lanes: int) -> ProductTiles:
    """Return the best tiles for a product of some kernels with windows of `deep` elements."""
    vectors = [place_vectors(each, lanes) for each in places]
    count = max(map(len, vectors), default=1)
    tile = best_tile((kernels, count), _unaligned_loads)
    rows, columns = (-(-n // each) * each for n, each in zip((kernels, count), tile, strict=True))
    along = rows * columns * (deep * slowness(tile, _unaligned_loads) + _STORED)
    across, other = min(
        (_time_across(each, kernels, deep, places, lanes), each)
        for each in tiles()
        if each[0] <= lanes
    )
    if across < along:
        spans = [_runs(each, other[0]) for each in places]
        return ProductTiles(True, other, other[1] * lanes, 1, spans)
    return ProductTiles(
        False, tile, tile[0], tile[1], [_in_blocks(each, tile[1]) for each in vectors]
    )


def _in_blocks(vectors: Array, block: int) -> Array:
    """Return vectors in whole blocks: the last one is repeated without places.

    Elements of windows may be before their place, so that nothing but a place may be read there.
    """
    whole = np.pad(vectors, ((0, -len(vectors) % block), (0, 0)), mode="edge")
    whole[len(vectors) :, -1] = 0
    return whole


def _unaligned_loads(rows: int, vectors: int) -> int:
    """Return the reads of the cache per term: an unaligned vector is in two lines."""
    return rows + 2 * vectors


def _time_across(
    tile: tuple[int, int], kernels: int, deep: int, places: Sequence[Array], lanes: int
) -> float:
    """Return the time of a product with vectors of kernels."""
    rows, vectors = tile
    columns = -(-kernels // (vectors * lanes)) * vectors
    count = max(sum(-(-n // rows) for n in _lengths(each)) for each in places)
    return count * columns * (rows * deep * slowness(tile, _aligned_loads) + _TRANSPOSED)


def _aligned_loads(rows: int, vectors: int) -> int:
    """Return the reads per term of a tile with aligned vectors."""
    return rows + vectors


def _lengths(places: Array) -> list[int]:
    """Return the lengths of runs of adjacent places."""
    ends = np.flatnonzero(np.diff(places) != 1) + 1
    return [int(each) for each in np.diff([0, *ends, len(places)])]


def _runs(places: Array, most: int) -> Array:
    """Return spans of at most `most` places that cover all of them; the last of a run overlaps."""
    spans, first = [], 0
    for length in _lengths(places):
        for start in range(0, length, most):
            number = first + max(0, min(start, length - most))
            spans.append((int(places[number]), number, (1 << min(most, length)) - 1))
        first += length
    return np.array(spans, np.int64).reshape(-1, NUMBERS)
