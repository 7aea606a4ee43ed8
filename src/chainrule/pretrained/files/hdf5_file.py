"""The arrays of an HDF5 file: plain ones only, which stand in the file itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.weight_file import RefusedError, WeightFile, opened
from chainrule.pretrained.files.weights import StoredArray, as_float32
from chainrule.storage import shown
from chainrule.storage.errors import FormatError
from chainrule.storage.memory import require_memory

_FORMAT = "HDF5"
_MOST_OBJECTS, _DEEPEST = 1000, 16


def hdf5_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of an HDF5 file by their paths in it, such as "CNN/b_cnn_0".

    Only arrays of floating-point numbers that stand in the file in one piece are read. Links to
    other files or to other names, arrays in other files, of objects, in pieces or compressed are
    refused. Raises PretrainedError for these, for a damaged file and without the package h5py;
    StorageError for a file that cannot be opened.
    """
    library = _library(path)
    with opened(path, _FORMAT) as (file, source), _content(library, file) as content:
        size = os.fstat(file.fileno()).st_size
        found = dict(_Walk(library, size).arrays(content, "", 0))
        return {
            name: StoredArray(shape, as_float32(dtype), _reader(library, source, name, size))
            for name, (shape, dtype) in found.items()
        }


def library_is_there() -> bool:
    """Return whether the package h5py is installed."""
    return find_spec("h5py") is not None


def h5py() -> Any:
    """Return the package h5py; `library_is_there` says whether it can."""
    return import_module("h5py")


def _library(path: Path) -> Any:
    if not library_is_there():
        raise PretrainedError(
            f"{shown(path)} is an HDF5 file, but the package h5py is not installed. Install it "
            "with pip install 'chainrule[pretrained]'."
        )
    return h5py()


@contextmanager
def _content(library: Any, file: BinaryIO) -> Iterator[Any]:
    """Open the content of an open file; whatever the library raises becomes FormatError."""
    try:
        with library.File(file, "r") as content:
            yield content
    except (FormatError, MemoryError):
        raise
    except Exception as error:  # of many classes, as the library's own tests have them
        raise FormatError(f"the library h5py says {ascii(str(error))[1:-1][:300]}") from error


class _Walk:
    """A walk over the groups of a file, of bounded length and depth."""

    def __init__(self, library: Any, size: int) -> None:
        self.library, self.size, self.objects = library, size, 0

    def arrays(
        self, group: Any, above: str, depth: int
    ) -> Iterator[tuple[str, tuple[tuple[int, ...], np.dtype[Any]]]]:
        """Yield path, shape and dtype of every array."""
        for name in group:
            path = f"{above}{name}"
            self._count(path, depth)
            if not isinstance(group.get(name, getlink=True), self.library.HardLink):
                raise RefusedError(f"{ascii(path)[:200]} is a link to another name or file")
            found = group[name]
            if isinstance(found, self.library.Group):
                yield from self.arrays(found, f"{path}/", depth + 1)
            else:
                yield path, _checked(self.library, found, path, self.size)

    def _count(self, path: str, depth: int) -> None:
        self.objects += 1
        if self.objects > _MOST_OBJECTS or depth > _DEEPEST:
            raise FormatError(f"it has too many groups, or one inside itself, at {path[:100]!a}")


def _checked(
    library: Any, found: Any, path: str, size: int
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and dtype of an array; raises FormatError unless it is a plain one."""
    if not isinstance(found, library.Dataset) or found.shape is None:
        raise RefusedError(f"{ascii(path)[:200]} is no array")
    dtype, shape = found.dtype, tuple(found.shape)
    if dtype.kind != "f" or dtype.itemsize not in (2, 4, 8):
        raise RefusedError(f"{ascii(path)[:200]} has elements that are no floating-point numbers")
    if found.external or found.is_virtual or found.chunks is not None:
        raise RefusedError(f"{ascii(path)[:200]} is stored in pieces, compressed or elsewhere")
    length = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if found.id.get_storage_size() != length or length > size:
        raise FormatError(f"{ascii(path)[:200]} has a shape other than what is stored")
    return shape, dtype.newbyteorder("=")


def _reader(library: Any, source: WeightFile, name: str, size: int) -> Any:
    def read() -> Array:
        with source.opened() as file, _content(library, file) as content:
            shape, dtype = _checked(library, content[name], name, size)
            require_memory(int(np.prod(shape, dtype=object)) * max(4, dtype.itemsize))
            values: Array = np.asarray(content[name][...])
            return values.astype(as_float32(dtype), copy=False)

    return read
