"""Opens regular files for reading, without waiting for pipes or devices."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chainrule.storage.errors import StorageError
from chainrule.storage.paths import AnyPath, reason, shown

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def open_regular(path: AnyPath, limit: int | None = None) -> BinaryIO:
    """Open a regular file for reading.

    limit  the largest accepted size in bytes; None for no limit

    Raises StorageError, without waiting, for a path that does not exist or cannot be opened, for a
    folder, pipe, socket or device, and for a file larger than `limit`.
    """
    descriptor = _opened(path)
    try:
        _require_regular(path, os.fstat(descriptor), limit)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


@contextmanager
def reading(path: AnyPath) -> Iterator[BinaryIO]:
    """Open a regular file; errors of the system in the `with` block become a StorageError.

    Raises StorageError as `open_regular` does.
    """
    with open_regular(path) as file:
        try:
            yield file
        except StorageError:
            raise
        except OSError as error:
            raise _unreadable(path, error) from error


def read_regular(path: AnyPath, limit: int | None = None) -> bytes:
    """Return the content of a regular file; raises StorageError as `open_regular` does."""
    with open_regular(path, limit) as file:
        try:
            return file.read()
        except OSError as error:
            raise _unreadable(path, error) from error


def _opened(path: AnyPath) -> int:
    """Return the descriptor of an opened path; raises StorageError if that fails."""
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError as error:
        raise StorageError(
            f"{shown(path)} was to be read, but there is no such file in "
            f"{shown(Path(path).absolute().parent)}. Check the name and the working directory."
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _require_regular(path: AnyPath, found: os.stat_result, limit: int | None) -> None:
    """Raise StorageError unless the file is regular and of at most `limit` bytes."""
    if stat.S_ISDIR(found.st_mode):
        raise StorageError(f"{shown(path)} was to be read, but it is a folder. Name a file in it.")
    if not stat.S_ISREG(found.st_mode):
        raise StorageError(
            f"{shown(path)} was to be read, but it is a pipe, a socket or a device. Name a regular "
            "file."
        )
    if limit is not None and found.st_size > limit:
        raise StorageError(
            f"{shown(path)} has {found.st_size} bytes, where at most {limit} are read. It is "
            "damaged or another file; use another copy of it."
        )


def _unreadable(path: AnyPath, error: Exception) -> StorageError:
    return StorageError(f"{shown(path)} cannot be read: {reason(error)}.")
