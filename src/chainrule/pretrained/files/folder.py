"""Opens the folder of a pretrained network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.hub_folder import file_in, network_folder
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.files.weight_files import open_weights
from chainrule.pretrained.files.weights import Weights
from chainrule.storage import shown
from chainrule.storage.paths import AnyPath

CONFIG = "config.json"
TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model"),
)
_LARGEST_CONFIG = 10_000_000  # bytes


@dataclass(frozen=True)
class PretrainedFolder:
    """The opened folder of a pretrained network.

    path             the folder, without links
    config           what config.json holds
    weights          the arrays by name; an array is read when it is asked for
    tokenizer_files  the paths of the files of the tokenizer that are there, by name
    """

    path: Path
    config: dict[str, Any]
    weights: Weights
    tokenizer_files: dict[str, Path]


def open_folder(path: AnyPath) -> PretrainedFolder:
    """Open the folder of a pretrained network, as hubs lay it out or keep it in their cache.

    path  a folder with config.json and weights: model.safetensors or pytorch_model.bin, as one file
          or as shards with an index; or the folder `models--organisation--name` of a hub's cache,
          whose revision in refs/main is taken. Links are followed within the folder, and within
          the cache. Nothing is downloaded, and nothing in the files is executed.

    Headers are read and checked, arrays are not read. Raises PretrainedError for a folder without
    config.json or weights and for damaged files, StorageError for files that cannot be opened.
    """
    folder = network_folder(path)
    return PretrainedFolder(folder, _config(folder), open_weights(folder), tokenizer_files(folder))


def open_without_weights(path: AnyPath) -> PretrainedFolder:
    """Open a folder as `open_folder` does, but leave out its weights, which need not be there."""
    folder = network_folder(path)
    return PretrainedFolder(folder, _config(folder), Weights({}), tokenizer_files(folder))


def _config(folder: Path) -> dict[str, Any]:
    config = file_in(folder, CONFIG)
    if config is None:
        raise PretrainedError(
            f"{shown(folder)} was to be read as a pretrained network, but it has no {CONFIG}. "
            "Name the folder that holds it."
        )
    return read_json(config, _LARGEST_CONFIG)


def tokenizer_files(folder: Path) -> dict[str, Path]:
    """Return the paths of the files of a tokenizer that a folder has, by name."""
    found = {name: file_in(folder, name) for name in TOKENIZER_FILES}
    return {name: each for name, each in found.items() if each is not None}
