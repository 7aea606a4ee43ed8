"""Input files of labelled data: bytes, lines, text."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chainrule.ner.data.errors import DataError
from chainrule.storage import StorageError, read_input, reason, shown

_MARK = b"\xef\xbb\xbf"  # the byte order mark


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn errors of reading a file into `DataError`."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{shown(path)}: there is no such file; check the path.") from error
    except StorageError as error:
        raise DataError(f"{shown(path)}: the file cannot be read: {error}") from error
    except DataError:
        raise
    except (OSError, ValueError) as error:
        raise DataError(f"{shown(path)}: the file cannot be read: {reason(error)}.") from error


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, without a byte order mark. Raises `DataError`."""
    with readable(path):
        return read_input(path).removeprefix(_MARK)


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8, with its own line ends. Raises `DataError`."""
    return decoded(content_of(path), path, 1)


def decoded(content: bytes, path: Path, line: int) -> str:
    """Return bytes as text; raise `DataError`, with the line, if they are not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        at = line + error.object.count(b"\n", 0, error.start)
        found = error.object[error.start]
        raise DataError(
            f"{shown(path)}, line {at}: byte 0x{found:02x} is not UTF-8; save the file as UTF-8."
        ) from error


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield numbers, from 1, and bytes of the lines that are not blank, one after another."""
    with readable(path):
        file = _opened(path)
    with file:
        for number, line in enumerate(file, 1):
            content = line.removeprefix(_MARK).strip()
            if content:
                yield number, content


def _opened(path: Path) -> BinaryIO:
    return path.open("rb") if os.path.isfile(path) else io.BytesIO(read_input(path))


def beginning_of(path: Path, size: int = 4096) -> bytes:
    """Return the first bytes of a regular file; none of a pipe, which can be read only once."""
    with readable(path):
        if not os.path.isfile(path):
            return b""
        with path.open("rb") as file:
            return file.read(size).removeprefix(_MARK)
