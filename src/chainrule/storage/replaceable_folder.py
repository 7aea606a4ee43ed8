"""The check before a folder is replaced as a whole, so that nobody's other files are lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from chainrule.storage.errors import StorageError
from chainrule.storage.paths import shown


def require_replaceable(directory: Path, is_model: Callable[[Path], bool]) -> None:
    """Raise StorageError unless a model can be written to a folder; nothing is written.

    directory  an absolute path; the folder may be new, empty, or hold an earlier model
    is_model   whether a folder holds a model and nothing else
    """
    if directory.exists() and not directory.is_dir():
        raise StorageError(
            f"{shown(directory)} was given for the model, but it is a file. Name a folder."
        )
    if directory.is_dir() and any(directory.iterdir()) and not is_model(directory):
        raise StorageError(
            f"{shown(directory)} was given for the model, but it holds other files and would be "
            "replaced. Name a new folder."
        )
    if Path.cwd().is_relative_to(directory) or directory.is_mount():
        raise StorageError(
            f"{shown(directory)} was given for the model, but the folder is in use and cannot be "
            "replaced as a whole. Name a new folder in it."
        )
    _require_place_for(directory)


def _require_place_for(directory: Path) -> None:
    parent = _nearest_existing(directory.parent)
    if not parent.is_dir():
        raise StorageError(f"The model cannot be written: {shown(parent)} is a file. Choose --out.")
    for place in (parent, directory):
        if place.exists() and not os.access(place, os.W_OK):
            raise StorageError(
                f"The model cannot be written: {shown(place)} is not writable. Choose --out."
            )


def _nearest_existing(path: Path) -> Path:
    return path if path.exists() else _nearest_existing(path.parent)
