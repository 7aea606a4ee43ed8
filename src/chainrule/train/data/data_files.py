"""Data files: .npz and .csv."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.graph import Array
from chainrule.storage import StorageError, open_regular, reason, shown
from chainrule.train.data.csv_file import read_csv
from chainrule.train.data.npz_file import ARCHIVE_ERRORS, read_npz
from chainrule.train.errors import TrainingError

_READERS = {".npz": read_npz, ".csv": read_csv}


def read_data(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Return the arrays of a data file: the inputs by name, and "targets".

    .npz  the array "targets" holds the targets, the others are the inputs
    .csv  numbers separated by commas, with or without a first line of names, none of which is a
          number. The last column holds the targets, int64 if all are whole numbers, else float32;
          the other columns are the input "x", float32 (samples, columns)

    Raises TrainingError for a file that is missing, damaged, or of another format.
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
    except (OSError, ValueError, *ARCHIVE_ERRORS) as error:
        raise TrainingError(
            f"The data file {shown(path)} cannot be read: {reason(error)}."
        ) from error
