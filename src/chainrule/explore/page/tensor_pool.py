"""The distinct tensors of one run, sampled so that together they keep to a number of bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import Any

from chainrule.explore.page.tensor_data import MOST_ELEMENTS, grid, tensor_data
from chainrule.graph import Array, Shape

_SAMPLES = (MOST_ELEMENTS, 3072, 2048, 1536, 1024, 768, 512, 384, 256, 128, 64, 32, 16)
_FRAME = 75  # bytes of a row without its elements
_STATISTICS = 600  # the most bytes of statistics
_SMALL = 64
WriteRow = Callable[[Array, int], dict[str, Any]]


class TensorPool:
    """Distinct arrays in the order in which they are added, and their numbers.

    row  writes an array with the largest size of its sample
    """

    def __init__(self, row: WriteRow = tensor_data) -> None:
        self._row = row
        self.arrays: list[Array] = []
        self._uses: list[int] = []
        self._numbers: dict[Any, int] = {}

    def add(self, array: Array | None) -> int:
        """Return the number of an array; -1 for None. Equal small arrays are stored once."""
        if array is None:
            return -1
        key = _key(array)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.arrays)
            self.arrays.append(array)
            self._uses.append(0)
        self._uses[number] += 1
        return number

    def rows(self, budget: int) -> tuple[list[dict[str, Any]], int]:
        """Return rows of the document for the first arrays, and the size of their samples.

        budget  the bytes of the rows, and of what their numbers take beyond that of -1

        All arrays are sampled alike, at the largest size at which they fit; if they do not fit at
        the smallest, the last ones are left out.
        """
        most = next((each for each in _SAMPLES if self._fits(each, budget)), _SAMPLES[-1])
        lengths = accumulate(self._length(number, most) for number in range(len(self.arrays)))
        kept = sum(1 for _ in takewhile(lambda length: length <= budget, lengths))
        return [self._row(array, most) for array in self.arrays[:kept]], most

    def _fits(self, most: int, budget: int) -> bool:
        return sum(self._length(number, most) for number in range(len(self.arrays))) <= budget

    def _length(self, number: int, most: int) -> int:
        digits = max(len(str(number)) - len("-1"), 0)
        array = self.arrays[number]
        return _row_length(array.shape, array.itemsize, most) + digits * self._uses[number]


def _key(array: Array) -> Any:
    """Return what equal keys mean equal elements for: the elements, or the place in memory."""
    if array.size <= _SMALL:
        return array.dtype.char, array.shape, array.tobytes()
    interface = array.__array_interface__
    return array.dtype.char, array.shape, array.strides, interface["data"][0]


@lru_cache(maxsize=10_000)
def _row_length(shape: Shape, item: int, most: int) -> int:
    """Return the bytes of the row of an array with elements of `item` bytes, at most."""
    frame = _FRAME + sum(len(str(size)) + 1 for size in shape)
    if math.prod(shape) <= most:
        return frame + _base64_length(math.prod(shape) * item)
    kept = grid(shape, most)
    positions = sum(
        len(each) * (len(str(size)) + 1) for each, size in zip(kept, shape, strict=True)
    )
    elements = math.prod(len(each) for each in kept)
    return frame + _STATISTICS + positions + _base64_length(elements * item)


def _base64_length(size: int) -> int:
    return (size + 2) // 3 * 4


def numbers_within(numbers: Iterable[int], count: int) -> list[int]:
    """Return numbers of arrays, -1 for those that were left out."""
    return [each if each < count else -1 for each in numbers]


def edges_within(numbers: list[int], count: int) -> list[int]:
    """Return the numbers of the edges of one node; none if all arrays were left out."""
    found = numbers_within(numbers, count)
    return found if any(each >= 0 for each in found) else []
