"""The arrays of a pretrained network by name; an array is read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import Array

Shape = tuple[int, ...]


@dataclass(frozen=True)
class StoredArray:
    """An array in a file: what is known of it before it is read, and how it is read.

    dtype  the dtype of the array that `read` returns
    """

    shape: Shape
    dtype: np.dtype[Any]
    read: Callable[[], Array]


class Weights(Mapping[str, Array]):
    """Arrays by name. Each access reads the array from its file, and keeps nothing of it.

    float16 and bfloat16 are returned as float32, other dtypes as they are stored. An access raises
    PretrainedError for a file that was changed or removed since it was opened.
    """

    def __init__(self, arrays: Mapping[str, StoredArray]) -> None:
        self.arrays = dict(arrays)

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of each array; nothing is read."""
        return {name: each.shape for name, each in self.arrays.items()}

    @property
    def dtypes(self) -> dict[str, np.dtype[Any]]:
        """The dtype that each array has when it is read; nothing is read."""
        return {name: each.dtype for name, each in self.arrays.items()}

    def __getitem__(self, name: str) -> Array:
        """Return an array of that name, read from its file; it is the caller's own."""
        return self.arrays[name].read()

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __contains__(self, name: object) -> bool:
        return name in self.arrays

    def __repr__(self) -> str:
        return f"Weights({len(self)} arrays)"


def as_float32(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in which a stored dtype is returned: float32 for float16, otherwise it."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype
