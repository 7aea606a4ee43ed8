"""Reads and writes safetensors files of named arrays; writing is atomic."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from chainrule.graph import Array, DTypeError
from chainrule.storage.array_file import METADATA, read_elements, read_header
from chainrule.storage.atomic import write_atomically
from chainrule.storage.errors import FormatError, StorageError
from chainrule.storage.format import require_intact, require_known, stamped
from chainrule.storage.metadata_order import order_metadata
from chainrule.storage.paths import shown
from chainrule.storage.regular_file import reading

_KINDS = "biuf"


def write_arrays(
    path: str | os.PathLike[str],
    arrays: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write arrays by name to a safetensors file, atomically (see `write_atomically`).

    arrays    arrays of bools, integers or floats of up to 64 bits, in any memory layout
    metadata  strings by name for the header, in addition to "format", "chainrule" (the version of
              the package) and "checksum"

    Equal arrays and metadata make equal files. Raises StorageError if the file cannot be written,
    DTypeError for an unsupported dtype.
    """
    ready = {_name(name): _storable(name, value) for name, value in arrays.items()}
    header = stamped(ready, {"chainrule": _version(), **(metadata or {})})

    def write(partial: Path) -> None:
        try:
            save_file(ready, partial, header)
            order_metadata(partial)
        except SafetensorError as error:
            raise OSError(f"safetensors says: {error}") from error

    write_atomically(path, write)


def read_arrays(
    path: str | os.PathLike[str], judge: Callable[[Mapping[str, Array]], object] | None = None
) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the arrays and the metadata of a safetensors file written by any program.

    judge  a check that is called before the arrays are read, with arrays of zeros that allocate no
           buffer and have the names, dtypes and shapes of the file; its exceptions propagate

    Raises StorageError for a file that is missing, unreadable, truncated or damaged, has another
    format or a later version of it, or does not match its checksum.
    """
    with reading(path) as file:
        try:
            header = read_header(file)
            require_known(path, header.metadata)
            if judge is not None:
                judge({name: each.stand_in() for name, each in header.places.items()})
            arrays = read_elements(file, header)
        except FormatError as error:
            raise StorageError(
                f"{shown(path)} cannot be read as safetensors: {error}. It is damaged, truncated, "
                "or of another format; use another copy of it."
            ) from error
        except MemoryError as error:
            raise StorageError(
                f"{shown(path)} cannot be read: there is not enough memory for its arrays."
            ) from error
    require_intact(path, arrays, header.metadata)
    return arrays, header.metadata


def _name(name: Any) -> str:
    if not isinstance(name, str) or name == METADATA or not _is_unicode(name):
        raise StorageError(
            f"An array was to be saved under {name!a}. Names are text, other than {METADATA!r}."
        )
    return name


def _is_unicode(text: str) -> bool:
    """Return whether text has no unpaired surrogate, which UTF-8 cannot encode."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _storable(name: str, value: Any) -> Array:
    """Return the array in C order and native byte order, copied only if necessary.

    Raises DTypeError for a dtype that cannot be stored.
    """
    array = np.asarray(value, order="C")
    if array.dtype.kind not in _KINDS or array.dtype.itemsize > 8:
        raise DTypeError(
            f"{name!r} is {array.dtype} and cannot be saved. Convert it to bools, integers or "
            "floats of up to 64 bits."
        )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _version() -> str:
    """Return the version of the package; `chainrule` itself cannot be imported from this layer."""
    return str(vars(sys.modules["chainrule"])["__version__"])
