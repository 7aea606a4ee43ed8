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

FORMAT = "chainrule-1"
_KINDS = "biuf"
_RESERVED = "__metadata__"


def write_arrays(
    path: str | os.PathLike[str],
    arrays: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write arrays by name to a safetensors file, atomically (see `write_atomically`).

    arrays    of bools, integers or floats of up to 64 bits, in any layout
    metadata  text by name for the header, beside "format" and "chainrule", the version

    Raises StorageError if the file cannot be written, DTypeError for what cannot be stored.
    """
    ready = {_name(name): _storable(name, value) for name, value in arrays.items()}
    header = {"format": FORMAT, "chainrule": _version(), **(metadata or {})}

    def write(partial: Path) -> None:
        try:
            save_file(ready, partial, header)
        except SafetensorError as error:
            raise OSError(f"safetensors says: {error}") from error

    write_atomically(path, write)


def read_arrays(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the arrays and the metadata of a safetensors file, whoever wrote it.

    Raises StorageError for a file that is missing, cannot be read, is cut off or damaged, or is of
    another format.
    """
    _require_file(Path(path))
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


def _require_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise StorageError(f"{path} was to be read, but it is a folder. Name a file in it.")
        with open(path, "rb"):
            pass
    except FileNotFoundError as error:
        raise StorageError(
            f"{path} was to be read, but there is no such file in {path.resolve().parent}. "
            "Check the name and the working directory."
        ) from error
    except StorageError:
        raise
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
