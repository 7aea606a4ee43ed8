"""The cache on disk: machine code that was compiled once on this machine is only read afterwards.

It stands in the user's cache folder, or where the environment variable CHAINRULE_CACHE says: a
folder, or `off`. It changes how long a first call takes, never a result. What it reads is run, so
that files are read, and kept, only where nobody but this user can write (see `own_files`).
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import tempfile
import time
import warnings
from hashlib import sha256
from pathlib import Path

from chainrule.compile.native.own_files import NotOwn, read_own, require_own_folder

VARIABLE = "CHAINRULE_CACHE"
LIMIT = 256 * 2**20
_KEPT = 0.75
_DAY = 86_400.0
_CODE, _PARTIAL = ".code", ".partial"
_MARK = b"chainrule machine code\n"
# Files of other names in the folder are the user's own, and stay.
_OWN_NAME = re.compile(r"[0-9a-f]{64}(\.code|\.[a-z0-9_]{8}\.partial)")
_sizes: dict[Path, int] = {}
_warned: set[str] = set()


def load(key: str) -> bytes | None:
    """Return the machine code saved under `key`; None if there is none, or not as it was saved."""
    place = folder()
    if place is None:
        return None
    path = place / f"{key}{_CODE}"
    try:
        require_own_folder(place)
        content = read_own(path, LIMIT)
    except NotOwn as reason:
        _warn(place, reason)
        return None
    except OSError:
        return None
    code = (content or b"")[len(_MARK) + sha256().digest_size :]
    if content != _sealed(key, code):
        return None
    _mark_used(path)
    return code


def save(key: str, code: bytes) -> None:
    """Keep `code` under `key`; a folder that cannot be written to, or that others can, is no error.

    A file appears whole or not at all, so that two processes may save at once. The files that were
    not used for longest go when all of them exceed LIMIT bytes.
    """
    place = folder()
    if place is None:
        return
    content = _sealed(key, code)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_own_folder(place)
        _write(place / f"{key}{_CODE}", content)
        _count(place, len(content))
    except NotOwn as reason:
        _warn(place, reason)
    except OSError:
        return


def folder() -> Path | None:
    """Return the folder of the cache, None if it is off."""
    asked = os.environ.get(VARIABLE, "")
    if asked.lower() == "off":
        return None
    if asked:
        return Path(os.path.expanduser(asked))
    base = _user_cache()
    return None if base is None else base / "chainrule" / "code"


def _user_cache() -> Path | None:
    """Return the folder in which this system's programs keep what they can make again."""
    if sys.platform == "win32":
        given = os.environ.get("LOCALAPPDATA", "")
        return Path(given) if os.path.isabs(given) else _at_home("AppData", "Local")
    if sys.platform == "darwin":
        return _at_home("Library", "Caches")
    given = os.environ.get("XDG_CACHE_HOME", "")
    return Path(given) if os.path.isabs(given) else _at_home(".cache")


def _at_home(*parts: str) -> Path | None:
    try:
        return Path.home().joinpath(*parts)
    except RuntimeError:  # a user without a home
        return None


def _warn(place: Path, reason: NotOwn) -> None:
    """Say once per process that the cache is not used, and why."""
    if _warned:
        return
    _warned.add(str(reason))
    warnings.warn(
        f"The cache of compiled code in {place} is not trusted: {reason}. Its files are compiled "
        f"again instead. Give the folder to yourself alone (chown, chmod go-w), or name another "
        f"one in {VARIABLE}, or 'off'.",
        RuntimeWarning,
        stacklevel=2,
    )


def _sealed(key: str, code: bytes) -> bytes:
    """Return the content of a file: a mark, a checksum of key and code, the code."""
    return _MARK + sha256(key.encode() + code).digest() + code


def _write(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(_PARTIAL, f"{path.stem}.", path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mark_used(path: Path) -> None:
    """Note the use of a file in its time of change, once a day."""
    with contextlib.suppress(OSError):
        if path.stat().st_mtime < time.time() - _DAY:
            os.utime(path)


def _count(place: Path, added: int) -> None:
    """Add to the size of a folder, which is measured once per process, and keep it bounded."""
    known = _sizes.get(place)
    _sizes[place] = _measured(place) if known is None else known + added
    if _sizes[place] > LIMIT:
        _sizes[place] = _pruned(place)


def _measured(place: Path) -> int:
    return sum(size for _, size, _ in _files(place))


def _pruned(place: Path) -> int:
    """Remove what was not used for longest, to well below the limit; return the size that is left.

    What an interrupted process left half written is older than all that is in use, in time.
    """
    files = sorted(_files(place))
    left = sum(size for _, size, _ in files)
    for _, size, path in files:
        if left <= LIMIT * _KEPT:
            break
        with contextlib.suppress(OSError):
            path.unlink()
        left -= size
    return left


def _files(place: Path) -> list[tuple[float, int, Path]]:
    """Return when each of the cache's own files was used, its size, and its path."""
    found = []
    for path in place.iterdir():
        if _OWN_NAME.fullmatch(path.name):
            with contextlib.suppress(OSError):
                state = path.lstat()
                if stat.S_ISREG(state.st_mode):
                    found.append((state.st_mtime, state.st_size, path))
    return found
