"""Exchange of two paths in one system call, where the system supports it."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

_HERE = -100  # AT_FDCWD: paths are relative to the current folder
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


def exchanged(first: Path, second: Path) -> bool:
    """Exchange two files or folders of one file system in one step.

    Returns False without any change if the system or the file system does not support it, or if
    one of the two is missing.
    """
    call = _system_call()
    return call is not None and call(os.fsencode(first), os.fsencode(second)) == 0


@cache
def _system_call() -> Callable[[bytes, bytes], int] | None:
    if sys.platform.startswith("linux"):
        return _renameat2(ctypes.CDLL(None))
    if sys.platform == "darwin":
        return _renamex_np(ctypes.CDLL(None))
    return None


def _renameat2(library: Any) -> Callable[[bytes, bytes], int] | None:
    """Return the exchange call of Linux, or None if the C library has none."""
    if not hasattr(library, "renameat2"):
        return None
    call = library.renameat2
    call.argtypes = (
        *(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p),
        ctypes.c_uint,
    )
    return lambda first, second: int(call(_HERE, first, _HERE, second, _EXCHANGE))


def _renamex_np(library: Any) -> Callable[[bytes, bytes], int] | None:
    if not hasattr(library, "renamex_np"):
        return None
    call = library.renamex_np
    call.argtypes = ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint
    return lambda first, second: int(call(first, second, _EXCHANGE))
