"""Numbers of different strings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

IdArray = np.ndarray[Any, np.dtype[np.int64]]


class StringNumbers(dict[str, int]):
    """The numbers of strings, in the order in which they are first asked for.

    strings  the different strings, in the order of their numbers
    """

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self._array = np.empty(0, np.object_)

    def __missing__(self, string: str) -> int:
        self[string] = number = len(self.strings)
        self.strings.append(string)
        return number

    def of(self, strings: Collection[str]) -> IdArray:
        """Return the number of each string, int64."""
        return np.fromiter(map(self.__getitem__, strings), np.int64, len(strings))

    def array(self) -> np.ndarray[Any, np.dtype[np.object_]]:
        """Return `strings` as an array."""
        new = self.strings[len(self._array) :]
        if new:
            self._array = np.append(self._array, np.array(new, np.object_))
        return self._array
