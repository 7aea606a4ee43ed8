"""Arrays in a file: the safetensors format, written atomically."""

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
from chainrule.storage.array_file import METADATA, FormatError, read_elements, read_header
from chainrule.storage.atomic import write_atomically
from chainrule.storage.errors import StorageError
from chainrule.storage.format import require_intact, require_known, stamped
from chainrule.storage.paths import reason, shown
from chainrule.storage.regular_file import open_regular

_KINDS = "biuf"


def write_arrays(
    path: str | os.PathLike[str],
    arrays: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write arrays by name to a safetensors file, atomically (see `write_atomically`).

    arrays    of bools, integers or floats of up to 64 bits, in any layout
    metadata  text by name for the header, beside "format", "chainrule", which is the version of
              the package, and "checksum"

    Raises StorageError if the file cannot be written, DTypeError for what cannot be stored.
    """
    ready = {_name(name): _storable(name, value) for name, value in arrays.items()}
    header = stamped(ready, {"chainrule": _version(), **(metadata or {})})

    def write(partial: Path) -> None:
        try:
            save_file(ready, partial, header)
        except SafetensorError as error:
            raise OSError(f"safetensors says: {error}") from error

    write_atomically(path, write)


def read_arrays(
    path: str | os.PathLike[str], judge: Callable[[Mapping[str, Array]], object] | None = None
) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the arrays and the metadata of a safetensors file of any program.

    judge  is given arrays of zeros that take no memory, with the names, dtypes and shapes of those
           in the file, before these are read; what it raises goes through

    Raises StorageError for a file that is missing, cannot be read, is cut off or damaged, is of
    another format or of a later version of it, or whose content is not that of its checksum.
    """
    with open_regular(path) as file:
        try:
            header = read_header(file)
            require_known(path, header.metadata)
            if judge is not None:
                judge({name: each.stand_in() for name, each in header.places.items()})
            arrays = read_elements(file, header)
        except FormatError as error:
            raise StorageError(
                f"{shown(path)} cannot be read as safetensors: {error}. It is damaged, cut off, or "
                "of another format; use another copy of it."
            ) from error
        except MemoryError as error:
            raise StorageError(
                f"{shown(path)} cannot be read: there is not enough memory for its arrays."
            ) from error
        except StorageError:
            raise
        except OSError as error:
            raise StorageError(f"{shown(path)} cannot be read: {reason(error)}.") from error
    require_intact(path, arrays, header.metadata)
    return arrays, header.metadata


def _name(name: Any) -> str:
    if not isinstance(name, str) or name == METADATA or not _is_unicode(name):
        raise StorageError(
            f"An array was to be saved under {name!a}. Names are text, other than {METADATA!r}."
        )
    return name


def _is_unicode(text: str) -> bool:
    """Return whether text has no half of a character, which a file cannot hold."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _storable(name: str, value: Any) -> Array:
    """Return the elements in the order and the bytes of the format, without a copy if they are."""
    array = np.asarray(value, order="C")
    if array.dtype.kind not in _KINDS or array.dtype.itemsize > 8:
        raise DTypeError(
            f"{name!r} is {array.dtype} and cannot be saved. Convert it to bools, integers or "
            "floats of up to 64 bits."
        )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _version() -> str:
    """Return the version of the package, which stands above all layers and is not imported here."""
    return str(vars(sys.modules["chainrule"])["__version__"])
