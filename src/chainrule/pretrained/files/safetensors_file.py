"""The arrays of a safetensors file."""

from __future__ import annotations

from pathlib import Path

from chainrule.graph import Array
from chainrule.pretrained.files.weight_file import WeightFile, opened
from chainrule.pretrained.files.weights import StoredArray, as_float32
from chainrule.storage.array_file import ArrayPlace, read_array, read_header
from chainrule.storage.memory import require_memory


def safetensors_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a safetensors file by name; only its header is read.

    Raises PretrainedError for a damaged file, StorageError for one that cannot be opened.
    """
    with opened(path, "safetensors") as (file, source):
        header = read_header(file)
    return {name: _stored(source, header.start, place) for name, place in header.places.items()}


def _stored(source: WeightFile, start: int, place: ArrayPlace) -> StoredArray:
    dtype = as_float32(place.dtype)

    def read() -> Array:
        with source.opened() as file:
            require_memory(place.stand_in().nbytes)
            return read_array(file, start, place).astype(dtype, copy=False)

    return StoredArray(place.shape, dtype, read)
