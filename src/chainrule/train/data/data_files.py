"""Data files: .npz and .csv, read whole."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.graph import Array
from chainrule.storage import StorageError, open_regular, reason, shown
from chainrule.train.data.csv_file import read_csv
from chainrule.train.data.npz_file import TROUBLE, read_npz
from chainrule.train.errors import TrainingError

_READERS = {".npz": read_npz, ".csv": read_csv}


def read_data(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Return the inputs by name, and "targets", that a file holds.

    .npz  one of the arrays is called "targets"; the others are the inputs
    .csv  numbers separated by commas, with or without a first line of names, none of which is a
          number: the last column is the targets, int64 if all are whole numbers; the others are the
          input "x", float32

    Raises TrainingError for a file that is missing, damaged, or of another kind.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _READERS:
        raise TrainingError(
            f"The data file {shown(path)} is neither .npz nor .csv; give one of these."
        )
    try:
        with open_regular(path) as file:
            return _READERS[suffix](file)
    except MemoryError as error:
        raise TrainingError(
            f"The data file {shown(path)} cannot be read: there is not enough memory for it."
        ) from error
    except StorageError as error:
        raise TrainingError(f"The data file cannot be read: {error}") from error
    except (OSError, ValueError, *TROUBLE) as error:
        raise TrainingError(
            f"The data file {shown(path)} cannot be read: {reason(error)}."
        ) from error
