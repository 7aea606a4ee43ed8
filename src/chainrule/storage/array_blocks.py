"""Arrays that are written and read in blocks of rows, as safetensors: they may exceed memory."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.storage.array_file import METADATA, read_header, read_row
from chainrule.storage.atomic import write_atomically
from chainrule.storage.errors import FormatError, StorageError
from chainrule.storage.paths import shown
from chainrule.storage.regular_file import open_regular

_AT_ONCE = 1 << 22
_KINDS = {"f": "F", "i": "I", "u": "U"}


@dataclass(frozen=True)
class ArrayForm:
    """The shape and the dtype of an array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def bytes(self) -> int:
        """The bytes of its elements."""
        return math.prod(self.shape) * self.dtype.itemsize


def write_blocks(
    path: str | os.PathLike[str], forms: Mapping[str, ArrayForm], blocks: Iterable[Array]
) -> None:
    """Write arrays whose elements come in blocks, atomically.

    forms   the arrays by name, in their order in the file
    blocks  their elements in this order; a block belongs to one array

    Raises StorageError if the file cannot be written.
    """

    def write(partial: Path) -> None:
        with partial.open("wb") as file:
            file.write(_header(forms))
            for each in blocks:
                np.ascontiguousarray(each).tofile(file)

    write_atomically(path, write)


def read_blocks(path: str | os.PathLike[str], forms: Mapping[str, ArrayForm]) -> Iterator[Array]:
    """Yield the rows of arrays in blocks of a few megabytes, in the order of `forms`.

    Raises StorageError for a file that cannot be read, or that does not hold arrays of these forms.
    """
    with open_regular(Path(path)) as file:
        try:
            header = read_header(file)
            found = {
                name: ArrayForm(each.shape, each.dtype) for name, each in header.places.items()
            }
            if found != dict(forms):
                raise FormatError(f"it holds {_listed(found)}, not {_listed(forms)}")
            for name, form in forms.items():
                place = header.places[name]
                file.seek(header.start + place.start)
                yield from _rows(file, place.stored, form)
        except FormatError as error:
            raise StorageError(
                f"{shown(Path(path))} cannot be read: {error}. Name a file of the same table."
            ) from error


def _rows(file: Any, stored: np.dtype[Any], form: ArrayForm) -> Iterator[Array]:
    if not form.shape:
        yield read_row(file, stored, 1).reshape(())
        return
    row = math.prod(form.shape[1:])
    each = max(1, _AT_ONCE // max(1, row * form.dtype.itemsize))
    for first in range(0, form.shape[0], each):
        count = min(each, form.shape[0] - first)
        yield read_row(file, stored, count * row).reshape(count, *form.shape[1:])


def _header(forms: Mapping[str, ArrayForm]) -> bytes:
    entries: dict[str, Any] = {METADATA: {"format": "chainrule.arrays"}}
    start = 0
    for name, form in forms.items():
        kind = f"{_KINDS[form.dtype.kind]}{8 * form.dtype.itemsize}"
        end = start + form.bytes
        entries[name] = {"dtype": kind, "shape": form.shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _listed(forms: Mapping[str, ArrayForm]) -> str:
    return ", ".join(f"{name} {each.dtype}{list(each.shape)}" for name, each in forms.items())
