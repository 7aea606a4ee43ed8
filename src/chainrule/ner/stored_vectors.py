"""The given vectors of a tagger in its model folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.ner.errors import ModelError
from chainrule.ner.features import PretrainedVectors
from chainrule.ner.model_folder import KEY
from chainrule.storage import StorageError, read_arrays, shown, write_arrays


def write_stored(path: Path, vectors: PretrainedVectors, checksum: str) -> None:
    """Write vectors: "vectors", and "words" as UTF-8 text with a word per line."""
    text = np.frombuffer("\n".join(vectors.words).encode(), np.uint8)
    write_arrays(path, {"vectors": vectors.vectors, "words": text}, {KEY: checksum})


def read_stored(path: Path, shape: tuple[int, int], checksum: str | None) -> PretrainedVectors:
    """Read vectors of the given shape; raises ModelError for others."""

    def check(found: Mapping[str, Any]) -> None:
        names = {name: each.shape for name, each in found.items()}
        if names.get("vectors") != shape or set(names) != {"vectors", "words"}:
            raise ModelError(
                f"{shown(path)} holds arrays of the shapes {names!a}, but the configuration "
                f"beside it asks for vectors of shape {shape}. Train the tagger again."
            )

    try:
        arrays, metadata = read_arrays(path, check)
    except StorageError as error:
        raise ModelError(
            f"The vectors {shown(path)} cannot be read: {error} Train the tagger again."
        ) from error
    if metadata.get(KEY) != checksum:
        raise ModelError(f"{shown(path)} belongs to another tagger. Train the tagger again.")
    words = arrays["words"].tobytes().decode().split("\n")
    return PretrainedVectors(words, arrays["vectors"].astype(np.float32, copy=False))
