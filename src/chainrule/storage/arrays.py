"""Arrays in a file: the safetensors format, written atomically."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from chainrule.graph import Array, DTypeError
from chainrule.storage.atomic import write_atomically
from chainrule.storage.errors import StorageError
from chainrule.storage.format import require_intact, stamped
from chainrule.storage.regular_file import open_regular

_KINDS = "biuf"
_RESERVED = "__metadata__"


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


def read_arrays(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the arrays and the metadata of a safetensors file, whoever wrote it.

    Raises StorageError for a file that is missing, cannot be read, is cut off or damaged, is of
    another format or of a later version of it, or whose content is not that of its checksum.
    """
    arrays, metadata = _read(path)
    require_intact(path, arrays, metadata)
    return arrays, metadata


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    open_regular(path).close()
    try:
        with safe_open(path, framework="np") as file:
            arrays = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
            return arrays, dict(file.metadata() or {})
    except (SafetensorError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise StorageError(
            f"{path} cannot be read as safetensors: {error}. It is damaged, cut off, or of another "
            "format; use another copy of it."
        ) from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from error


def _name(name: Any) -> str:
    if not isinstance(name, str) or name == _RESERVED:
        raise StorageError(
            f"An array was to be saved under {name!r}. Names are text, other than {_RESERVED!r}."
        )
    return name


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
