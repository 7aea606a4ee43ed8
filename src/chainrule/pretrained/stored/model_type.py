"""The family that the configuration of a folder names, for the recognition of families."""

from __future__ import annotations

from pathlib import Path

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.folder import CONFIG
from chainrule.pretrained.files.hub_folder import file_in, network_folder
from chainrule.pretrained.files.json_file import read_json
from chainrule.storage import StorageError

_LARGEST = 10_000_000  # bytes


def has_model_type(path: Path, name: str) -> bool:
    """Return whether the config.json of a folder has a `model_type`; False if it is damaged."""
    try:
        config = file_in(network_folder(path), CONFIG)
        return config is not None and read_json(config, _LARGEST).get("model_type") == name
    except (PretrainedError, StorageError):
        return False
