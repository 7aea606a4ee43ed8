"""The given vectors of a tagger in its model folder: a file of `chainrule.text.vectors`."""

from __future__ import annotations

from pathlib import Path

from chainrule.ner.errors import ModelError
from chainrule.storage import StorageError, shown
from chainrule.text.vectors import VectorsError, WordVectors, read_vectors


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
