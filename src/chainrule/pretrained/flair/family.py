"""How files of Flair are recognised, and what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.files.torch.torch_file import open_torch
from chainrule.pretrained.flair.dictionaries import FLAIR_GLOBALS
from chainrule.pretrained.flair.stored_model import of_file, read_folder
from chainrule.pretrained.flair.stored_tagger import tagger_of
from chainrule.pretrained.flair.writing import CONFIG, MODEL_TYPE
from chainrule.pretrained.stored_family import LoadRequest, StoredFamily
from chainrule.storage import StorageError, open_regular, shown

_MARK = b"flair.data"  # the module of a dictionary, in the pickle of every file of Flair
_LOOKED_AT, _LARGEST_CONFIG = 1 << 22, 16_000_000  # bytes
_BEGINNINGS = (b"PK\x03\x04", b"\x80")  # of the containers of PyTorch


def _recognises(path: Path) -> bool:
    try:
        if path.is_dir():
            config = path / CONFIG
            return config.is_file() and read_json(config, _LARGEST_CONFIG).get("model_type") == (
                MODEL_TYPE
            )
        if not path.is_file():
            return False
        with open_regular(path) as file:
            begun = file.read(_LOOKED_AT)
        return begun.startswith(_BEGINNINGS) and _MARK in begun
    except (PretrainedError, StorageError, OSError, ValueError):
        return False


def _load(path: Path, request: LoadRequest) -> Any:
    """Return a `CharacterLanguageModel` or a `FlairTagger`."""
    for name in ("head", "labels", "lower"):
        if getattr(request, name) is not None:
            raise PretrainedError(
                f"{name}={getattr(request, name)!r} was given for {shown(path)}, a file of Flair, "
                "which has what it computes in its file. Leave it out."
            )
    if path.is_dir():
        return read_folder(path, request.random)
    found = open_torch(path, FLAIR_GLOBALS)
    if isinstance(found.value, dict) and "is_forward_lm" in found.value:
        return of_file(path, found, request.random)
    if isinstance(found.value, dict) and "tag_dictionary" in found.value:
        return tagger_of(path, found, request.random)
    raise PretrainedError(
        f"{shown(path)} is a file of Flair with neither a language model nor a sequence tagger. "
        "Give one of these two."
    )


FLAIR = StoredFamily("Flair", _recognises, _load)
