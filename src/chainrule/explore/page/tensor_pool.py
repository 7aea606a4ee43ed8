"""The distinct tensors of one run, sampled so that together they keep to a number of characters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chainrule.explore.page.tensor_data import MOST_ELEMENTS, tensor_data
from chainrule.graph import Array

_SAMPLES = (MOST_ELEMENTS, 1024, 256, 64, 16)
_FRAME = 70  # characters of a row without its elements
_STATISTICS = 420  # characters of statistics and kept positions
_SMALL = 64


class TensorPool:
    """Distinct arrays in the order in which they are added, and their numbers."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
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
        return number

    def rows(self, budget: int) -> tuple[list[dict[str, Any]], int]:
        """Return rows of the document for the first arrays, and the size of their samples.

        All arrays are sampled alike, at the largest size at which they fit; if they do not fit at
        the smallest, the last ones are left out.
        """
        most = next((each for each in _SAMPLES if self._length(each) <= budget), _SAMPLES[-1])
        rows, length = [], 0
        for array in self.arrays:
            length += _row_length(array, most)
            if length > budget:
                break
            rows.append(tensor_data(array, most))
        return rows, most

    def _length(self, most: int) -> int:
        return sum(_row_length(array, most) for array in self.arrays)


def _key(array: Array) -> Any:
    """Return what equal keys mean equal elements for: the elements, or the place in memory."""
    if array.size <= _SMALL:
        return array.dtype.char, array.shape, array.tobytes()
    interface = array.__array_interface__
    return array.dtype.char, array.shape, array.strides, interface["data"][0]


def _row_length(array: Array, most: int) -> int:
    whole = array.size <= most
    elements = array.size if whole else most
    return _FRAME + 4 * len(array.shape) + elements * array.itemsize * 4 // 3 + (
        0 if whole else _STATISTICS
    )


def numbers_within(numbers: Iterable[int], count: int) -> list[int]:
    """Return numbers of arrays, -1 for those that were left out."""
    return [each if each < count else -1 for each in numbers]
