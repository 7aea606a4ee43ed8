"""The callback that writes the epochs to a CSV file."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from chainrule.storage import write_atomically
from chainrule.train.callbacks.callback import Callback
from chainrule.train.state.history import EpochRecord
from chainrule.train.state.run import Run


class CSVLog(Callback):
    """Write a CSV file with a line per epoch; it is replaced atomically after every epoch.

    path  the file

    A resumed run also writes the epochs before it was interrupted. Raises StorageError if the file
    cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path

    def after_epoch(self, run: Run, record: EpochRecord) -> None:
        """Write the table."""

        def write(file: Path) -> None:
            with open(file, "w", encoding="utf-8", newline="") as lines:
                table = csv.DictWriter(lines, run.history.names, lineterminator="\n")
                table.writeheader()
                table.writerows(run.history.epochs)

        write_atomically(self.path, write)
