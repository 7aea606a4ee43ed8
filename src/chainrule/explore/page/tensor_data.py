"""Arrays in the document of the explorer page: elements as base64, statistics of large arrays."""

from __future__ import annotations

import math
from base64 import b64encode
from bisect import bisect_right
from functools import lru_cache
from typing import Any

import numpy as np

from chainrule.graph import Array, Shape

MOST_ELEMENTS = 4096
_INTERVALS = 32
_BLOCK = 1 << 14  # elements that stay in the cache


def tensor_data(array: Array, most: int = MOST_ELEMENTS) -> dict[str, Any]:
    """Return shape, dtype and elements of an array; beyond `most` elements a grid and statistics.

    The grid takes every axis at equal distances, as many positions as fit.
    """
    if array.size <= most:
        return _row(array, _elements(array), None)
    kept = grid(array.shape, most)
    sample = array[np.ix_(*kept)]
    row = _row(array, _elements(sample), [each.tolist() for each in kept])
    return {**row, "statistics": statistics(array)}


@lru_cache(maxsize=1000)
def grid(shape: Shape, most: int) -> tuple[Array, ...]:
    """Return the kept positions per axis: a regular grid of at most `most` elements."""
    longest = bisect_right(range(most), most, 1, key=lambda n: _elements_kept(shape, n)) - 1
    counts = (min(each, max(longest, 1)) for each in shape)
    return tuple(
        np.arange(count) * (size - 1) // max(count - 1, 1)
        for count, size in zip(counts, shape, strict=True)
    )


def _elements_kept(shape: Shape, longest: int) -> int:
    """Return how many elements remain with at most `longest` positions per axis."""
    return math.prod(min(each, longest) for each in shape)


def _row(array: Array, data: str, kept: list[list[int]] | None) -> dict[str, Any]:
    return {"shape": list(array.shape), "dtype": array.dtype.name, "data": data, "kept": kept}


def _elements(array: Array) -> str:
    little = array.dtype.newbyteorder("<")
    return b64encode(array.astype(little, copy=False).tobytes()).decode("ascii")


def statistics(array: Array) -> dict[str, Any]:
    """Return what `Statistics` of the page has: of finite elements, but for the counts."""
    numbers = array.view(np.uint8) if array.dtype == np.bool_ else array
    finite = np.isfinite(numbers)
    some = numbers.reshape(-1) if finite.all() else numbers[finite]
    least, greatest = (float(some.min()), float(some.max())) if some.size else (0.0, 0.0)
    nans = 0 if some.size == array.size else int(np.count_nonzero(np.isnan(numbers)))
    return {
        "count": array.size,
        "least": least,
        "greatest": greatest,
        **_moments(some, max(abs(least), abs(greatest))),
        "zeros": int(np.count_nonzero(numbers == 0)),
        "nans": nans,
        "infinities": array.size - some.size - nans,
        "histogram": _histogram(some, least, greatest),
        **(_first_marked(numbers) if some.size < array.size else {}),
    }


def _first_marked(array: Array) -> dict[str, list[int]]:
    """Return the indexes of the first NaN and of the first infinite element, if there are any."""
    marks = {"firstNan": np.isnan(array), "firstInfinite": np.isinf(array)}
    return {
        name: [int(each) for each in np.unravel_index(int(found.argmax()), array.shape)]
        for name, found in marks.items()
        if found.any()
    }


def _moments(finite: Array, largest: float) -> dict[str, float]:
    """Return mean and norm; elements are scaled first where their squares could overflow."""
    scale = largest if largest > 1e100 or 0 < largest < 1e-100 else 1.0
    scaled = finite.astype(np.float64) / scale if scale != 1.0 else finite
    if not finite.size:
        return {"mean": 0.0, "norm": 0.0}
    squares = np.sum(np.square(scaled, dtype=np.float64))
    mean = float(np.mean(scaled, dtype=np.float64)) * scale
    return {"mean": mean, "norm": min(float(np.sqrt(squares)) * scale, np.finfo(float).max)}


def _histogram(finite: Array, least: float, greatest: float) -> list[int]:
    """Return the counts of 32 equal intervals; all in the first if the elements are equal."""
    if least == greatest:
        return [finite.size, *[0] * (_INTERVALS - 1)]
    if not math.isfinite(2 * least) or not math.isfinite(2 * greatest):
        finite, least, greatest = finite / 4, least / 4, greatest / 4
    counts = np.zeros(_INTERVALS + 1, np.int64)
    for begin in range(0, finite.size, _BLOCK):
        shares = finite[begin : begin + _BLOCK].astype(np.float64)
        shares -= least
        shares /= greatest - least
        shares *= _INTERVALS
        counts += np.bincount(shares.astype(np.uint8), minlength=_INTERVALS + 1)
    counts[-2] += counts[-1]  # the greatest elements
    found: list[int] = counts[:-1].tolist()
    return found
