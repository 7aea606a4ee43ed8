"""Reads the lines of a vocabulary or of a list of merges."""

from __future__ import annotations

from pathlib import Path

from chainrule.pretrained.errors import PretrainedError
from chainrule.storage import read_regular, shown

_LARGEST = 100_000_000  # bytes


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file, without line ends; only a line feed ends a line.

    Raises PretrainedError for text that is not UTF-8, StorageError for a file that is missing or
    too large.
    """
    try:
        lines = read_regular(path, _LARGEST).decode().split("\n")
    except UnicodeDecodeError as error:
        raise PretrainedError(
            f"{shown(path)} is not UTF-8 at byte {error.start}. It is damaged; use another copy."
        ) from error
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
