"""The file of a checkpoint: arrays as safetensors, everything else as JSON in its header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.graph import Array
from chainrule.storage import StorageError, read_arrays, shown, write_arrays
from chainrule.storage.format import format_name, version_of
from chainrule.train.checkpoints.run_settings import RunSettings, of_version_1
from chainrule.train.checkpoints.stored_progress import what_is_wrong
from chainrule.train.errors import CheckpointError

_FAMILY, _VERSION = "chainrule-training", 2  # version 1 had few settings and no checksum
_KEY = "training"
_ARRAY = "array"


@dataclass(frozen=True)
class CheckpointContent:
    """The contents of a checkpoint.

    values     the arrays of everything that the run changes, by path
    losses     the loss of every step, float64 (steps,)
    settings   the settings that must be the same when the run is resumed
    progress   the position of the run
    epochs     the records of the history
    callbacks  the states of callbacks, by name
    version    the version of the format
    """

    values: Mapping[str, Array]
    losses: Array
    settings: RunSettings
    progress: Mapping[str, Any]
    epochs: list[dict[str, Any]]
    callbacks: Mapping[str, Mapping[str, Any]]
    version: int = _VERSION


def write_checkpoint(path: Path, content: CheckpointContent) -> None:
    """Write a checkpoint atomically; raises CheckpointError, and leaves earlier ones, if it fails.

    Arrays in the states of callbacks are stored like the other arrays.
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
        "format": format_name(_FAMILY, _VERSION),
        "settings": content.settings,
        "progress": content.progress,
        "epochs": content.epochs,
        "callbacks": callbacks,
    }
    try:
        write_arrays(path, arrays, {_KEY: _as_text(header)})
    except StorageError as error:
        raise CheckpointError(
            f"The checkpoint could not be written: {error} Earlier checkpoints in {path.parent} "
            "are as they were, and the run can be resumed from the latest."
        ) from error


def _as_text(header: Mapping[str, Any]) -> str:
    """Return the header as ASCII JSON, because a file cannot hold lone surrogates."""
    try:
        return json.dumps(header)
    except (TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"The history cannot be stored: {error}. Let callbacks add numbers, text and lists of "
            "them to the records of epochs."
        ) from error


def _require_storable(callback: str, state: Mapping[str, Any]) -> None:
    try:
        json.dumps(state)
    except (TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"The state of the callback {callback} cannot be stored: {error}. Let its state() "
            "return numbers, text, lists of them, and arrays, by name."
        ) from error


def read_checkpoint(path: Path) -> CheckpointContent:
    """Read a checkpoint; raises CheckpointError for damaged files and other formats.

    Checksum, version and the kinds of all values are checked before anything is returned.
    """
    try:
        arrays, metadata = read_arrays(path)
        header = json.loads(metadata.get(_KEY, "null"))
        found = header.get("format") if isinstance(header, dict) else None
        version = version_of(path, found, _FAMILY, _VERSION)
    except (StorageError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"The checkpoint cannot be read: {error} Remove {shown(path.name)} from "
            f"{shown(path.parent)} to continue from the one before it, if there is one, or pass "
            "another folder."
        ) from error
    if (wrong := what_is_wrong(header, arrays, version)) is not None:
        raise CheckpointError(
            f"The checkpoint {shown(path)} is incomplete or damaged: {wrong}. Remove it to "
            "continue from the one before it, if there is one, or pass another folder."
        )
    return _content(arrays, header, version)


def _content(
    arrays: Mapping[str, Array], header: Mapping[str, Any], version: int
) -> CheckpointContent:
    start = "values/"
    callbacks = {
        name: {
            key: arrays[f"callbacks/{name}/{key}"] if value == {_ARRAY: key} else value
            for key, value in state.items()
        }
        for name, state in header["callbacks"].items()
    }
    settings = header["settings"]
    return CheckpointContent(
        {name[len(start) :]: each for name, each in arrays.items() if name.startswith(start)},
        arrays["losses"],
        settings if version > 1 else of_version_1(settings),
        header["progress"],
        header["epochs"],
        callbacks,
        version,
    )
