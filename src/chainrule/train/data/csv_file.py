"""Reader of CSV files of numbers."""

from __future__ import annotations

import io
import os
from typing import BinaryIO, TextIO

import numpy as np

from chainrule.graph import Array
from chainrule.storage import require_memory

_ENCODING = "utf-8-sig"  # Excel writes a byte-order mark
_LONGEST_LINE = 1 << 24
_COMMENT = "#"


def read_csv(file: BinaryIO) -> dict[str, Array]:
    """Return the columns of a table as "x", float32, and "targets", the last column.

    Targets are int64 if all of them are whole numbers, else float32. Raises ValueError for other
    files, MemoryError if there is not enough memory.
    """
    require_memory(os.fstat(file.fileno()).st_size)
    try:
        with io.TextIOWrapper(file, _ENCODING) as lines:
            table = _table(lines)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 text: {error.reason}") from error
    if table.shape[1] < 2:
        raise ValueError("it has one column, where inputs and targets were expected")
    return {"x": _as_float32(table[:, :-1]), "targets": _targets(table[:, -1])}


def _table(lines: TextIO) -> Array:
    first = lines.readline(_LONGEST_LINE)
    if len(first) == _LONGEST_LINE or "\0" in first:
        raise ValueError("it is not text in lines")
    header = 0 if any(map(_is_number, first.split(","))) else 1
    lines.seek(0)
    if not any(line.partition(_COMMENT)[0].strip() for line in list(lines)[header:]):
        raise ValueError("it has no line of numbers")
    lines.seek(0)
    return np.loadtxt(lines, delimiter=",", skiprows=header, ndmin=2, comments=_COMMENT)


def _targets(column: Array) -> Array:
    whole = np.isfinite(column).all() and (column == np.round(column)).all()
    fits = (np.abs(column) < 2.0**63).all()
    return column.astype("int64") if whole and fits else _as_float32(column)


def _as_float32(values: Array) -> Array:
    """Return float64 as float32; raises ValueError for numbers out of the range of float32."""
    with np.errstate(over="ignore"):
        narrow = values.astype("float32")
    if (np.isinf(narrow) & np.isfinite(values)).any():
        raise ValueError("it has numbers beyond 3.4e38, the largest of float32")
    return narrow


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
