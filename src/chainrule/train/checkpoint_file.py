"""One checkpoint as a file: arrays in safetensors, everything else as JSON in its header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.graph import Array
from chainrule.storage import StorageError, read_arrays, write_arrays
from chainrule.train.errors import CheckpointError

_FORMAT = "chainrule-training-1"
_KEY = "training"
_ARRAY = "array"


@dataclass(frozen=True)
class Content:
    """What a checkpoint holds.

    values     all that the run changes, by path
    losses     of every step, float64
    settings   what must be the same for the run to go on
    progress   where the run stands
    epochs     the history's records
    callbacks  their states, by name
    """

    values: Mapping[str, Array]
    losses: Array
    settings: Mapping[str, Any]
    progress: Mapping[str, Any]
    epochs: list[dict[str, Any]]
    callbacks: Mapping[str, Mapping[str, Any]]


def write(path: Path, content: Content) -> None:
    """Write a checkpoint, atomically; raises CheckpointError, and leaves earlier ones, if it fails.

    Arrays in the states of callbacks are stored beside the others.
    """
    arrays: dict[str, Array] = {f"values/{name}": each for name, each in content.values.items()}
    arrays["losses"] = content.losses
    callbacks: dict[str, dict[str, Any]] = {}
    for name, state in content.callbacks.items():
        held = {key: value for key, value in state.items() if hasattr(value, "dtype")}
        arrays |= {f"callbacks/{name}/{key}": value for key, value in held.items()}
        callbacks[name] = {k: {_ARRAY: k} if k in held else v for k, v in state.items()}
        _require_storable(name, callbacks[name])
    header = {
        "format": _FORMAT,
        "settings": content.settings,
        "progress": content.progress,
        "epochs": content.epochs,
        "callbacks": callbacks,
    }
    try:
        write_arrays(path, arrays, {_KEY: json.dumps(header, ensure_ascii=False)})
    except StorageError as error:
        raise CheckpointError(
            f"The checkpoint could not be written: {error} Earlier checkpoints in {path.parent} "
            "are as they were, and the run can be resumed from the latest."
        ) from error


def _require_storable(callback: str, state: Mapping[str, Any]) -> None:
    try:
        json.dumps(state)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"The state of the callback {callback} cannot be stored: {error}. Let its state() "
            "return numbers, text, lists of them, and arrays, by name."
        ) from error


def read(path: Path) -> Content:
    """Read a checkpoint; raises CheckpointError for a file that is damaged or something else."""
    try:
        arrays, metadata = read_arrays(path)
        header = json.loads(metadata.get(_KEY, "null"))
    except (StorageError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"The checkpoint cannot be read: {error} Remove {path.name} from {path.parent} to go "
            "on from the one before it, if there is one, or pass another folder."
        ) from error
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise CheckpointError(
            f"{path} is no checkpoint of the format {_FORMAT}. Remove it, or pass another folder."
        )
    try:
        return _content(arrays, header)
    except (KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"The checkpoint {path} is incomplete: {error!r}.") from error


def _content(arrays: Mapping[str, Array], header: Mapping[str, Any]) -> Content:
    start = "values/"
    callbacks = {
        name: {
            key: arrays[f"callbacks/{name}/{key}"] if value == {_ARRAY: key} else value
            for key, value in state.items()
        }
        for name, state in header["callbacks"].items()
    }
    return Content(
        {name[len(start) :]: each for name, each in arrays.items() if name.startswith(start)},
        arrays["losses"],
        dict(header["settings"]),
        dict(header["progress"]),
        list(header["epochs"]),
        callbacks,
    )
