"""File locks that the system releases when their process ends."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chainrule.storage.errors import StorageError
from chainrule.storage.paths import reason, shown
from chainrule.storage.regular_file import read_regular

_fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None
_held: set[int] = set()
_OWNER_BYTES = 1000
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def try_lock(descriptor: int) -> bool | None:
    """Lock an open file or folder for this process; do not wait if it is locked.

    Returns True if it was locked, False if it is locked already, None if the system or the file
    system has no locks. Closing the descriptor, or the end of the process, releases the lock.
    """
    if _fcntl is None:
        return None
    try:
        _fcntl.flock(descriptor, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextlib.contextmanager
def owned(path: Path, what: str) -> Iterator[None]:
    """Lock a file for the duration of a `with` block, and remove the file afterwards.

    what  the name, in error messages, of what the lock protects

    The file stores process, host and time of the owner. A lock file left by a killed process is
    reused. On a file system without locks nothing is protected. Raises StorageError, with the
    owner, if this process or another one has the lock.
    """
    descriptor = _locked(path, what)
    _held.add(descriptor)
    try:
        _name_owner(descriptor)
        yield
    finally:
        _held.discard(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _locked(path: Path, what: str) -> int:
    """Return the descriptor of a locked file; raises StorageError if it is in use."""
    while True:
        try:
            descriptor = os.open(path, _FLAGS, 0o666)
        except (OSError, ValueError) as error:
            raise StorageError(f"{shown(path)} cannot be written: {reason(error)}.") from error
        got = try_lock(descriptor)
        if got is not False and _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)
        if got is False:
            raise StorageError(
                f"{what} is in use by {_owner(path)}. Wait until that process has ended, or name "
                "another folder."
            )


def _is_still(path: Path, descriptor: int) -> bool:
    """Return whether the path is still the open file; an earlier owner may have removed it."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _name_owner(descriptor: int) -> None:
    owner = {
        "process": os.getpid(),
        "host": platform.node(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps(owner).encode())


def _owner(path: Path) -> str:
    try:
        told = json.loads(read_regular(path, _OWNER_BYTES))
        return f"process {int(told['process'])} on {told['host']!a} since {told['since']!a}"
    except (StorageError, ValueError, TypeError, KeyError, RecursionError):
        return "another process"


def _close_inherited() -> None:
    """Close the inherited descriptors in a forked child, so that it holds no lock of its parent."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inherited)
