"""Data files: .npz and .csv, read whole."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from chainrule.graph import Array
from chainrule.train.errors import TrainingError

_ENCODING = "utf-8-sig"  # Excel begins its files with a mark


def read_data(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Return the inputs by name, and "targets", that a file holds.

    .npz  one of the arrays is called "targets"; the others are the inputs
    .csv  numbers separated by commas, with or without a first line of names, none of which is a
          number: the last column is the targets, int64 if all are whole numbers; the others are the
          input "x", float32

    Raises TrainingError for a file that is missing, damaged, or of another kind.
    """
    file = Path(path)
    readers = {".npz": _read_npz, ".csv": _read_csv}
    if file.suffix.lower() not in readers:
        raise TrainingError(f"The data file {path} is neither .npz nor .csv; give one of these.")
    try:
        return readers[file.suffix.lower()](file)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise TrainingError(f"The data file {path} cannot be read: {error}.") from error


def _read_npz(file: Path) -> dict[str, Array]:
    with open(file, "rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _read_csv(file: Path) -> dict[str, Array]:
    with open(file, encoding=_ENCODING) as lines:
        header = 0 if any(map(_is_number, lines.readline().split(","))) else 1
        lines.seek(0)
        if not any(line.strip() for line in list(lines)[header:]):
            raise ValueError("it holds no line of numbers")
    table = np.loadtxt(file, delimiter=",", skiprows=header, ndmin=2, encoding=_ENCODING)
    if table.shape[1] < 2:
        raise ValueError("it has one column, where inputs and targets were expected")
    targets = table[:, -1]
    whole = np.isfinite(targets).all() and (targets == np.round(targets)).all()
    return {
        "x": table[:, :-1].astype("float32"),
        "targets": targets.astype("int64" if whole else "float32"),
    }


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
