"""Writes the folder of a pretrained network, as hubs lay it out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.folder import CONFIG, TOKENIZER_FILES
from chainrule.pretrained.files.weight_files import SAFETENSORS
from chainrule.storage import StorageError, printable, reason, replace_folder, shown, write_arrays
from chainrule.storage.paths import AnyPath

_METADATA = {"format": "pt"}  # other libraries ask for it
_OURS = re.compile(
    r"config\.json|generation_config\.json|README\.md|\.gitattributes"
    r"|(model|pytorch_model)(-\d+-of-\d+)?\.(safetensors|bin)(\.index\.json)?|"
    + "|".join(map(re.escape, TOKENIZER_FILES))
)


def write_folder(
    path: AnyPath,
    config: Mapping[str, Any],
    weights: Mapping[str, Array],
    tokenizer_files: Mapping[str, Path] | None = None,
) -> None:
    """Write config.json, model.safetensors and the files of a tokenizer, atomically.

    path             a new or empty folder, or one with an earlier network, which is replaced as a
                     whole: the path is the complete old folder or the complete new one
    config           what config.json will hold: values of JSON
    weights          arrays by name, of bools, integers or floats of up to 64 bits
    tokenizer_files  paths of files to copy, by name, such as those of `PretrainedFolder`

    Raises PretrainedError for a folder with other files, for names of files that do not belong to a
    tokenizer and for values that JSON cannot hold; StorageError if the folder cannot be written;
    DTypeError for an unsupported dtype.
    """
    text, files = _json(config), dict(tokenizer_files or {})
    if wrong := [each for each in files if each not in TOKENIZER_FILES]:
        raise PretrainedError(
            f"{', '.join(map(printable, wrong))} was to be written as a file of a tokenizer. Those "
            f"are {', '.join(TOKENIZER_FILES)}."
        )

    def write(fresh: Path) -> None:
        (fresh / CONFIG).write_bytes(text)
        write_arrays(fresh / SAFETENSORS, weights, _METADATA)
        for name, source in files.items():
            shutil.copyfile(source, fresh / name)

    try:
        target = Path(path).resolve()
        _require_replaceable(target)
        replace_folder(target, write)
    except StorageError:
        raise
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{shown(path)} cannot be written: {reason(error)}.") from error


def _json(config: Mapping[str, Any]) -> bytes:
    try:
        return (json.dumps(dict(config), indent=2, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise PretrainedError(
            f"The configuration cannot be written as JSON: {error}. Give text, finite numbers, "
            "bools, None, and lists and dicts of them."
        ) from error


def _require_replaceable(target: Path) -> None:
    """Raise PretrainedError for a file, and for a folder with files of another kind."""
    if not target.exists():
        return
    if not target.is_dir():
        raise PretrainedError(f"{shown(target)} is a file, not a folder. Name a folder.")
    others = sorted(each.name for each in target.iterdir() if not _is_ours(each))
    if others or Path.cwd().is_relative_to(target) or target.is_mount():
        why = f"it holds {printable(others[0])}" if others else "the folder is in use"
        raise PretrainedError(
            f"{shown(target)} would be replaced as a whole by the pretrained network, but {why}. "
            "Name a new folder."
        )


def _is_ours(path: Path) -> bool:
    return path.is_file() and _OURS.fullmatch(path.name) is not None
