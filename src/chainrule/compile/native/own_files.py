"""Files that nobody else can have written: of this user, and writable by this user only.

Systems without user ids, such as Windows, keep the folders of a user from others themselves.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_HAS_USERS = hasattr(os, "geteuid")
# A link is not followed, and a pipe without a writer is not waited for.
_READING = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class NotOwn(Exception):
    """A file or folder that somebody else may have written; the message says why."""


def read_own(path: Path, limit: int) -> bytes | None:
    """Return the content of a file, None if it is longer than `limit`.

    Raises NotOwn unless it is a regular file that only this user can write, OSError if there is
    none, or it cannot be read. What is judged is the opened file, so that it cannot be exchanged
    in between.
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
    """Raise NotOwn unless only this user can write a folder, or exchange it; OSError if none is.

    Links are followed. No folder above may be open to others, unless they cannot rename what is in
    it, as in /tmp. A group that may write a folder of this user is taken for the user's own.
    """
    _require_own(folder, os.stat(folder))
    if not _HAS_USERS:
        return
    given = Path(os.path.abspath(folder))
    for above in {*given.parents, *given.resolve().parents}:
        if _is_open(os.stat(above)):
            raise NotOwn(f"{above}, in which it is, can be changed by other users")


def _require_own(path: Path, state: os.stat_result) -> None:
    if not _HAS_USERS:
        return
    if state.st_uid != os.geteuid():
        raise NotOwn(f"{path} belongs to another user")
    if state.st_mode & _OTHERS:
        raise NotOwn(f"{path} is writable by other users")


def _is_open(state: os.stat_result) -> bool:
    """Return whether somebody but this user and the system can rename what is in a folder."""
    if state.st_uid not in (os.geteuid(), 0, os.stat("/").st_uid):
        return True
    writers = stat.S_IWOTH if state.st_uid == os.geteuid() else _OTHERS
    return bool(state.st_mode & writers) and not state.st_mode & stat.S_ISVTX
