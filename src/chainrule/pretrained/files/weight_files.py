"""The arrays of a folder: one file of weights, or shards with an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.hub_folder import file_in
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.files.names import listed
from chainrule.pretrained.files.safetensors_file import safetensors_arrays
from chainrule.pretrained.files.torch.torch_file import torch_arrays
from chainrule.pretrained.files.weights import StoredArray, Weights
from chainrule.storage import printable, shown

SAFETENSORS, INDEX = "model.safetensors", ".index.json"
_READERS: Mapping[str, Callable[[Path], dict[str, StoredArray]]] = {
    SAFETENSORS: safetensors_arrays,
    "pytorch_model.bin": torch_arrays,
}
_LARGEST_INDEX = 100_000_000  # bytes


def open_weights(folder: Path) -> Weights:
    """Return the weights of a folder; headers are read, arrays are not.

    The first of these is taken: model.safetensors, its index, pytorch_model.bin, its index. Raises
    PretrainedError for a folder with none of them and for damaged files.
    """
    for name, read in _READERS.items():
        if (path := file_in(folder, name)) is not None:
            return Weights(read(path))
        if (path := file_in(folder, name + INDEX)) is not None:
            return Weights(_sharded(folder, path, Path(name).suffix, read))
    raise PretrainedError(
        f"{shown(folder)} has no weights that can be read: none of "
        f"{', '.join(name + end for name in _READERS for end in ('', INDEX))}. Convert the weights "
        "to model.safetensors with the library that wrote them."
    )


def _sharded(
    folder: Path, index: Path, suffix: str, read: Callable[[Path], dict[str, StoredArray]]
) -> dict[str, StoredArray]:
    """Return the arrays of all shards that an index names."""
    homes = _weight_map(index, suffix)
    shards = {shard: read(_shard(folder, index, shard)) for shard in sorted(set(homes.values()))}
    wrong = [
        f"{printable(name)} is not in {shard}, where the index has it"
        for name, shard in homes.items()
        if name not in shards[shard]
    ]
    wrong += [
        f"{printable(name)} of {shard} is not there in the index"
        for shard, arrays in shards.items()
        for name in arrays
        if homes.get(name) != shard
    ]
    if wrong:
        raise PretrainedError(
            f"{shown(index)} does not belong to its shards. Use another copy of the folder.\n"
            + listed(wrong)
        )
    return {name: shards[shard][name] for name, shard in homes.items()}


def _weight_map(index: Path, suffix: str) -> dict[str, str]:
    """Return the shard of each array; raises PretrainedError for names that are no plain files."""
    found: Any = read_json(index, _LARGEST_INDEX).get("weight_map")
    if not isinstance(found, dict) or not found:
        raise PretrainedError(
            f'{shown(index)} has no "weight_map" from names of arrays to files. Use another copy.'
        )
    for shard in found.values():
        if not _is_plain(shard, suffix):
            raise PretrainedError(
                f"{shown(index)} names the file {ascii(shard)[:100]}, where shards are files of "
                f"the same folder that end in {suffix}. Nothing else is read; use another copy."
            )
    return found


def _is_plain(name: Any, suffix: str) -> bool:
    """Return whether a name is that of a file in the same folder, on any system."""
    return (
        isinstance(name, str)
        and name.isprintable()
        and name.endswith(suffix)
        and not name.startswith(".")
        and not set(name) & set('/\\:*?"<>|')
    )


def _shard(folder: Path, index: Path, name: str) -> Path:
    path = file_in(folder, name)
    if path is None:
        raise PretrainedError(
            f"{shown(index)} names {name}, which is missing. Copy all shards into the folder."
        )
    return path
