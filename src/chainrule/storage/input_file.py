"""Reads a whole input file: a regular file, or a pipe that has a writer."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from chainrule.storage.errors import StorageError
from chainrule.storage.memory import require_memory
from chainrule.storage.paths import shown


def read_input(path: Path) -> bytes:
    """Return the content of a regular file or of a pipe, such as a shell's process substitution.

    Raises StorageError without waiting for a pipe that has no writer, a folder, a socket, a device,
    and a file larger than memory. OSError and ValueError of system calls propagate.
    """
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return path.read_bytes()
    if stat.S_ISFIFO(state.st_mode):
        return _read_pipe(path)
    if not stat.S_ISREG(state.st_mode):
        raise StorageError(f"{shown(path)} is a folder, a socket or a device. Name a file.")
    try:
        require_memory(state.st_size)
        return path.read_bytes()
    except MemoryError as error:
        raise StorageError(f"{shown(path)} is larger than memory. Divide it.") from error


def _read_pipe(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as pipe:
        first = pipe.read(1)  # None if there is a writer, but no data yet
        if first == b"":
            raise StorageError(f"{shown(path)} is a pipe that no process writes to. Name a file.")
        os.set_blocking(pipe.fileno(), True)
        return (first or b"") + pipe.readall()
