"""Vectors of adjacent elements of a padded image that cover all places of windows."""

from __future__ import annotations

import numpy as np

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import Array

NUMBERS = 3  # of a vector: where it begins, the number of its first place, its mask


def place_vectors(places: Array, lanes: int) -> Array:
    """Return vectors that cover all places: where they begin, the number of the place, and a mask.

    Lanes outside the mask are between rows, where there are no places.
    """
    vectors, number = [], 0
    while number < len(places):
        first = int(places[number])
        end = int(np.searchsorted(places, first + lanes))
        mask = sum(1 << int(each - first) for each in places[number:end])
        vectors.append((first, number, mask))
        number = end
    return np.array(vectors, np.int64)


def lane_mask(f: IRFunction, lanes: int, mask: str) -> str:
    """Return the lanes whose bits are set."""
    bits = f.put(f"trunc i64 {mask} to i{lanes}")
    return f.put(f"bitcast i{lanes} {bits} to <{lanes} x i1>")
