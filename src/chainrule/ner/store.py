"""A model directory: weights as safetensors, everything else as JSON, written atomically."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

import chainrule as cr
from chainrule.ner.settings import Settings
from chainrule.ner.tagger import Tagger
from chainrule.storage import partials, read_arrays, write_arrays, write_atomically
from chainrule.text import Vocabulary, encode, transitions

WEIGHTS, CONFIG = "model.safetensors", "config.json"
HISTORY, CURVE = "history.json", "curve.png"
_FORMAT = "chainrule-ner-1"


class ModelError(cr.ChainruleError, ValueError):
    """A model directory that cannot be written, read or understood."""


def require_writable(directory: Path) -> None:
    """Raise ModelError unless a model can be written to `directory` later; write nothing.

    It may be new, empty, or hold an earlier model, which will be replaced.
    """
    try:
        _require_replaceable(directory.resolve())
    except OSError as error:
        raise ModelError(f"The model cannot be written to {directory}: {error}.") from error


def _require_replaceable(directory: Path) -> None:
    if directory.exists() and not directory.is_dir():
        raise ModelError(f"{directory} was asked for the model, but it is a file. Name a folder.")
    if directory.is_dir() and any(directory.iterdir()) and not _is_model(directory):
        raise ModelError(
            f"{directory} was asked for the model, but it holds other files and would be replaced. "
            "Name a new folder."
        )
    if Path.cwd().is_relative_to(directory) or directory.is_mount():
        raise ModelError(
            f"{directory} was asked for the model, but the folder is in use and cannot be replaced "
            "as a whole. Name a new folder in it."
        )
    parent = _nearest_existing(directory.parent)
    if not parent.is_dir():
        raise ModelError(f"The model cannot be written: {parent} is a file. Choose --out.")
    for place in (parent, directory):
        if place.exists() and not os.access(place, os.W_OK):
            raise ModelError(f"The model cannot be written: {place} is not writable. Choose --out.")


def save(tagger: Tagger, directory: Path, history: Sequence[dict[str, float]] = ()) -> None:
    """Write `tagger` to `directory`, replacing an earlier model there as a whole.

    Everything is written beside it first, so that a failure leaves what was there.
    Raises ModelError if the folder holds something else or cannot be written.
    """
    require_writable(directory)
    directory = directory.resolve()
    try:
        parent = directory.parent
        parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=parent))
        try:
            _write(tagger, fresh, history)
            _exchange(fresh, directory)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise ModelError(f"The model could not be written to {directory}: {error}.") from error


def save_history(directory: Path, history: Sequence[dict[str, float]]) -> None:
    """Write the history of the finished run into the model's folder, atomically."""
    write_atomically(directory / HISTORY, lambda file: _write_json(file, list(history)))


def load(directory: Path) -> Tagger:
    """Read a tagger that `save` wrote; raises ModelError for anything missing or damaged."""
    config = _read_config(directory / CONFIG)
    try:
        transitions(config["tags"])
        encode((), 0, config["scheme"])
        vocabulary = Vocabulary(tuple(config["words"]), np.array(config["counts"], np.int64))
        tagger = Tagger(
            Settings(**config["settings"]),
            vocabulary,
            config["tags"],
            config["scheme"],
            config["units"],
        )
        tagger.network.load_state(read_arrays(directory / WEIGHTS)[0])
    except (KeyError, TypeError, ValueError, OverflowError, ValidationError) as error:
        raise ModelError(
            f"{directory} does not hold a usable tagger: {error}. Train it again."
        ) from error
    except cr.ChainruleError as error:
        raise ModelError(
            f"The weights {directory / WEIGHTS} cannot be read: {error}. Train the tagger again."
        ) from error
    tagger.network.eval()
    return tagger


def _write(tagger: Tagger, directory: Path, history: Sequence[dict[str, float]]) -> None:
    config = {
        "format": _FORMAT,
        "chainrule": cr.__version__,
        "settings": tagger.settings.model_dump(),
        "tags": list(tagger.tags),
        "scheme": tagger.scheme,
        "units": tagger.units,
        "words": list(tagger.vocabulary.words),
        "counts": tagger.vocabulary.counts.tolist(),
    }
    write_arrays(directory / WEIGHTS, tagger.network.state())
    _write_json(directory / CONFIG, config)
    _write_json(directory / HISTORY, list(history))
    directory.chmod(0o755)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _exchange(fresh: Path, directory: Path) -> None:
    """Put `fresh` in the place of `directory`, which is set aside until the new one stands."""
    if not directory.exists():
        fresh.rename(directory)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{directory.name}-old-", dir=fresh.parent))
    try:
        directory.rename(aside / "old")
        fresh.rename(directory)
    finally:
        # Also after Ctrl-C between the two, which is no OSError.
        if not directory.exists():
            (aside / "old").rename(directory)
        shutil.rmtree(aside, ignore_errors=True)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"No tagger was found in {path.parent}: {error.strerror} for {path.name}. "
            "Give the folder that `chainrule ner train --out` wrote."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged: {error}. Train the tagger again.") from error
    if not isinstance(config, dict) or config.get("format") != _FORMAT:
        raise ModelError(f"{path} is not the configuration of a tagger of the format {_FORMAT}.")
    return config


def _is_model(directory: Path) -> bool:
    """Say whether a folder holds a tagger and nothing else; other models have a config.json too."""
    own = {WEIGHTS, CONFIG, HISTORY, CURVE}
    found = {path.name for path in directory.iterdir()}
    left = {each.name for name in own for each in partials(directory / name)}
    if found - own - left:
        return False
    try:
        _read_config(directory / CONFIG)
    except ModelError:
        return False
    return True


def _nearest_existing(path: Path) -> Path:
    return path if path.exists() else _nearest_existing(path.parent)
