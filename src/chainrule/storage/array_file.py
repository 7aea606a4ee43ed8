"""Reads the safetensors format; the header is checked before the arrays are read.

A JSON header gives the dtype, shape and byte offsets of each array. The elements of all arrays
follow it without gaps. Source: https://github.com/huggingface/safetensors, section "Format".
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from chainrule.graph import Array
from chainrule.storage.bfloat16 import widened
from chainrule.storage.errors import FormatError
from chainrule.storage.memory import require_memory
from chainrule.storage.strict_json import json_object

METADATA = "__metadata__"
_LONGEST = 100_000_000  # the largest header that the format allows, in bytes
_MOST_AXES = 64
_BFLOAT16 = "BF16"
_DTYPES = {
    _BFLOAT16: "<u2",
    "BOOL": "?",
    **{f"I{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"U{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}


@dataclass(frozen=True)
class ArrayPlace:
    """Dtype, shape and byte offsets of an array, counted from the end of the header.

    stored    the dtype of the elements in the file
    bfloat16  whether they are the bits of bfloat16, which are read as float32
    """

    stored: np.dtype[Any]
    shape: tuple[int, ...]
    start: int
    end: int
    bfloat16: bool = False

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the array that is read, in the byte order of this machine."""
        return np.dtype(np.float32) if self.bfloat16 else self.stored.newbyteorder("=")

    def stand_in(self) -> Array:
        """Return an array of zeros with this dtype and shape that allocates no buffer."""
        return np.broadcast_to(np.zeros((), self.dtype), self.shape)


@dataclass(frozen=True)
class Header:
    """The header of a file: arrays by name, metadata, and the offset of the elements."""

    places: Mapping[str, ArrayPlace]
    metadata: dict[str, str]
    start: int


def read_header(file: BinaryIO) -> Header:
    """Return the header of an open file; raises FormatError unless it matches the file size."""
    size = os.fstat(file.fileno()).st_size
    start = 8 + int.from_bytes(_exactly(file, 8), "little")
    if start > min(size, 8 + _LONGEST):
        raise FormatError(f"its header would have {start - 8} bytes, and the file has {size}")
    entries = json_object(_exactly(file, start - 8), "its header")
    metadata = _metadata(entries.pop(METADATA, None))
    _require_text((*entries, *metadata, *metadata.values()))
    places = {name: _place(name, entry) for name, entry in entries.items()}
    _require_no_gaps(places, size - start)
    return Header(places, metadata, start)


def read_elements(file: BinaryIO, header: Header) -> dict[str, Array]:
    """Return the arrays of a file, in the byte order of this machine; bfloat16 as float32.

    Raises FormatError for a truncated file, and MemoryError, before anything is read, for a file
    larger than the memory of this machine.
    """
    require_memory(sum(each.stand_in().nbytes for each in header.places.values()))
    return {name: read_array(file, header.start, each) for name, each in header.places.items()}


def read_array(file: BinaryIO, start: int, place: ArrayPlace) -> Array:
    """Return one array of a file; raises FormatError if its elements are invalid.

    start  the offset of the elements in the file, `Header.start`
    """
    file.seek(start + place.start)
    array = read_row(file, place.stored, math.prod(place.shape)).reshape(place.shape)
    return widened(array) if place.bfloat16 else array


def read_row(file: BinaryIO, dtype: np.dtype[Any], count: int) -> Array:
    """Return the next elements of a file, in the byte order of this machine.

    Raises FormatError for a file that ends before, and for bools that are neither true nor false.
    """
    row = np.fromfile(file, dtype, count)
    if row.size != count:
        raise FormatError("it ends before its last array")
    if dtype.kind == "b" and count and row.view(np.uint8).max() > 1:
        raise FormatError("it has bools that are neither true nor false")
    return row.astype(dtype.newbyteorder("="), copy=False)


def _exactly(file: BinaryIO, count: int) -> bytes:
    content = file.read(count)
    if len(content) != count:
        raise FormatError(f"it ends within its first {count} bytes")
    return content


def _metadata(found: Any) -> dict[str, str]:
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise FormatError("the metadata of its header is not text by name")
    return found


def _require_text(texts: Iterable[str]) -> None:
    """Raise FormatError for an unpaired surrogate: JSON can escape it, UTF-8 cannot encode it."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise FormatError("its header has text that is not Unicode") from error


def _place(name: str, entry: Any) -> ArrayPlace:
    """Return the dtype, shape and offsets of a header entry; raises FormatError if invalid."""
    try:
        kind, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        dtype = np.dtype(_DTYPES[kind]) if kind in _DTYPES else None
    except (TypeError, KeyError, ValueError) as error:
        raise FormatError(f"its header does not describe {name!a}") from error
    if dtype is None:
        raise FormatError(f"{name!a} has the dtype {kind!a}, which NumPy lacks")
    if not all(type(each) is int and each >= 0 for each in (*shape, start, end)):
        raise FormatError(f"the header of {name!a} has numbers that are not whole, or negative")
    if not is_possible(shape, dtype) or math.prod(shape) * dtype.itemsize != end - start:
        raise FormatError(f"{name!a} of {end - start} bytes cannot have the shape it is given")
    return ArrayPlace(dtype, shape, start, end, kind == _BFLOAT16)


def is_possible(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    """Return whether NumPy supports an array of this shape; empty arrays have limits too."""
    size = math.prod(max(1, each) for each in shape) * dtype.itemsize
    return len(shape) <= _MOST_AXES and size <= sys.maxsize


def _require_no_gaps(places: Mapping[str, ArrayPlace], size: int) -> None:
    end = 0
    for name, each in sorted(places.items(), key=lambda pair: (pair[1].start, pair[1].end)):
        if each.start != end:
            raise FormatError(f"{name!a} does not begin where the array before it ends")
        end = each.end
    if end != size:
        raise FormatError(f"its arrays have {end} bytes, and the file has {size} for them")
