"""Read files that only this user can have written.

Systems without user ids, such as Windows, protect the folders of a user themselves.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_HAS_USERS = hasattr(os, "geteuid")
# Do not follow links, and do not wait for the writer of a pipe.
_READING = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class NotOwn(Exception):
    """A file or folder that another user may have written; the message gives the reason."""


def read_own(path: Path, limit: int) -> bytes | None:
    """Return the content of a file, None if it is longer than `limit`.

    Raises NotOwn unless it is a regular file that only this user can write; OSError if there is
    none or it cannot be read. The opened file is checked, so that it cannot be exchanged between
    check and read.
    """
    if path.is_symlink():
        raise NotOwn(f"{path} is a symbolic link")
    descriptor = os.open(path, _READING)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise NotOwn(f"{path} is not a regular file")
        _require_own(path, state)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit) if state.st_size <= limit else None
    finally:
        os.close(descriptor)


def require_own_folder(folder: Path) -> None:
    """Raise NotOwn unless only this user can write or replace a folder; OSError if there is none.

    Links are followed. No folder above may be writable by other users, unless they cannot rename
    its entries, as in /tmp. A group that may write a folder of this user counts as the user's own
    group.
    """
    _require_own(folder, os.stat(folder))
    if not _HAS_USERS:
        return
    given = Path(os.path.abspath(folder))
    for above in {*given.parents, *given.resolve().parents}:
        if _is_open(os.stat(above)):
            raise NotOwn(f"{above}, which contains it, is writable by other users")


def _require_own(path: Path, state: os.stat_result) -> None:
    """Raise NotOwn unless a file or folder belongs to this user and only this user can write it."""
    if not _HAS_USERS:
        return
    if state.st_uid != os.geteuid():
        raise NotOwn(f"{path} belongs to another user")
    if state.st_mode & _OTHERS:
        raise NotOwn(f"{path} is writable by other users")


def _is_open(state: os.stat_result) -> bool:
    """Return whether another user, the system excepted, can rename the entries of a folder."""
    if state.st_uid not in (os.geteuid(), 0, os.stat("/").st_uid):
        return True
    writers = stat.S_IWOTH if state.st_uid == os.geteuid() else _OTHERS
    return bool(state.st_mode & writers) and not state.st_mode & stat.S_ISVTX
