"""The given vectors of a tagger in its model folder: a file of `chainrule.text.vectors`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from chainrule.ner.errors import ModelError
from chainrule.storage import StorageError, shown
from chainrule.text.vectors import VectorsError, WordVectors, read_vectors, write_vectors


@dataclass(frozen=True)
class WrittenFile:
    """A file that was written, and what changes if another one takes its place."""

    path: Path
    identity: tuple[int, ...]

    @classmethod
    def at(cls, path: Path) -> WrittenFile | None:
        """Return the file at a path as it is now, None without one."""
        found = _identity(path)
        return None if found is None else cls(path, found)

    def is_unchanged(self) -> bool:
        """Return whether the file is still the one that was written."""
        return _identity(self.path) == self.identity


def write_stored(path: Path, vectors: WordVectors, earlier: WrittenFile | None) -> None:
    """Write vectors; if they were written before, the new file is a link to the earlier one."""
    if earlier is not None and earlier.is_unchanged():
        try:
            os.link(earlier.path, path)
            return
        except OSError:  # another file system, or one without links
            pass
    write_vectors(path, vectors)


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def read_stored(path: Path, shape: tuple[int, int]) -> WordVectors:
    """Return the vectors of a file, mapped into memory; raises ModelError for another shape."""
    try:
        vectors = read_vectors(path, "chainrule")
    except (StorageError, VectorsError) as error:
        raise ModelError(
            f"The vectors {shown(path)} cannot be read: {error} Train the tagger again."
        ) from error
    if vectors.table.shape != shape:
        raise ModelError(
            f"{shown(path)} holds vectors of shape {vectors.table.shape}, but the configuration "
            f"beside it asks for {shape}. Train the tagger again."
        )
    return vectors
