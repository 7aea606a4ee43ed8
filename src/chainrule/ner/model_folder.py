"""The folder of a tagger: its files, and the checks before it is replaced as a whole."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.ner.config_file import read_config
from chainrule.ner.errors import ModelError
from chainrule.storage import StorageError, partials, require_replaceable, shown
from chainrule.storage.paths import AnyPath

WEIGHTS, CONFIG, VECTORS = "model.safetensors", "config.json", "vectors.safetensors"
HISTORY, CURVE = "history.json", "curve.png"
MOVEMENT, MOVEMENT_PICTURE = "movement.json", "movement.png"
ENCODER = "encoder"  # the folder of a pretrained network
WORD_ENCODERS = "word_encoders"  # the folder of those whose vectors are features
NET = "encoder.net."  # begins the paths of its parameters, which are in that folder
KEY = "config"  # the name of the checksum of the configuration in the metadata of the weights


def unwritable(directory: AnyPath, error: Exception) -> ModelError:
    """Return the error for a folder that cannot be written."""
    if isinstance(error, ModelError):
        return error
    return ModelError(f"The model cannot be written to {shown(directory)}: {error}.")


def folder_path(directory: AnyPath) -> Path:
    """Return the path of a model folder; raises TypeError for other types."""
    if not isinstance(directory, str | os.PathLike):
        raise TypeError(
            f"The folder of a tagger was given as {type(directory).__name__}. Give its path: "
            "save(tagger, 'model'), load('model')."
        )
    return Path(directory)


def require_writable(directory: AnyPath) -> None:
    """Raise ModelError unless a model can be written to `directory`; nothing is written.

    The folder may be new, empty, or hold an earlier model, which will be replaced.
    """
    try:
        require_replaceable(folder_path(directory).resolve(), _is_model)
    except StorageError as error:
        raise ModelError(str(error)) from error
    except (OSError, ValueError, RuntimeError) as error:  # invalid names, and circular links
        raise unwritable(directory, error) from error


def _is_model(directory: Path) -> bool:
    """Return whether a folder holds a tagger and nothing else; config.json is read to be sure."""
    own = {WEIGHTS, CONFIG, VECTORS, ENCODER, WORD_ENCODERS, HISTORY, CURVE}
    own |= {MOVEMENT, MOVEMENT_PICTURE}
    found = {path.name for path in directory.iterdir()}
    left = {each.name for name in own for each in partials(directory / name)}
    if found - own - left:
        return False
    try:
        read_config(directory / CONFIG)
    except ModelError:
        return False
    return True
