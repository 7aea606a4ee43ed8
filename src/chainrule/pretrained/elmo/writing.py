"""Writes the files of an ELMo network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.elmo.names import rows
from chainrule.pretrained.elmo.options import ElmoOptions, written_options
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.hdf5_file import h5py, library_is_there
from chainrule.storage import StorageError, reason, replace_folder, shown
from chainrule.storage.paths import AnyPath

OPTIONS, WEIGHTS, MIX = "options.json", "weights.hdf5", "scalar_mix.json"


def write(path: AnyPath, options: ElmoOptions, state: Mapping[str, Array]) -> None:
    """Write a folder, atomically; the mix in a file of its own, since the format has none."""
    if not library_is_there():
        raise PretrainedError(
            "An ELMo network was to be saved, but the package h5py is not installed. Install it "
            "with pip install 'chainrule[pretrained]'."
        )

    def fill(fresh: Path) -> None:
        (fresh / OPTIONS).write_text(json.dumps(written_options(options), indent=2) + "\n")
        mix = {name: state[f"mix.{name}"].tolist() for name in ("scores", "gamma")}
        (fresh / MIX).write_text(json.dumps(mix) + "\n")
        with h5py().File(fresh / WEIGHTS, "w") as file:
            for row in rows(options):
                file.create_dataset(row.theirs, data=np.asarray(state[row.ours], np.float32))

    try:
        target = Path(path).resolve()
        _require_new(target)
        replace_folder(target, fill)
    except StorageError:
        raise
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{shown(path)} cannot be written: {reason(error)}.") from error


def _require_new(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise PretrainedError(
            f"{shown(target)} was to hold an ELMo network, but there is something. Name a new "
            "folder."
        )
