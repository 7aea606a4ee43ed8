"""Cache on disk: machine code is compiled once per machine, and read afterwards.

The cache is in the user's cache folder, or where the environment variable CHAINRULE_CACHE says: a
folder, or `off`. It changes the duration of a first call, never a result. Code that is read is run.
Files are therefore read and written only where no other user can write (see `own_files`).
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
# Files with other names in the folder belong to the user and are not removed.
_OWN_NAME = re.compile(r"[0-9a-f]{64}(\.code|\.[a-z0-9_]{8}\.partial)")
_sizes: dict[Path, int] = {}
_warned: set[str] = set()


def load(key: str) -> bytes | None:
    """Return the machine code saved under `key`, None if there is none or its checksum is wrong."""
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
    """Save `code` under `key`; does nothing if the folder is not writable or not trusted.

    A file appears as a whole or not at all, so that two processes may save at once. The files used
    longest ago are removed when all files exceed LIMIT bytes.
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
    """Return the folder of the cache, None if the cache is off."""
    asked = os.environ.get(VARIABLE, "")
    if asked.lower() == "off":
        return None
    if asked:
        return Path(os.path.expanduser(asked))
    base = _user_cache()
    return None if base is None else base / "chainrule" / "code"


def _user_cache() -> Path | None:
    """Return the folder for caches on this system, None if the user has no home folder."""
    if sys.platform == "win32":
        given = os.environ.get("LOCALAPPDATA", "")
        return Path(given) if os.path.isabs(given) else _at_home("AppData", "Local")
    if sys.platform == "darwin":
        return _at_home("Library", "Caches")
    given = os.environ.get("XDG_CACHE_HOME", "")
    return Path(given) if os.path.isabs(given) else _at_home(".cache")


def _at_home(*parts: str) -> Path | None:
    """Return a path below the home folder, None if the user has none."""
    try:
        return Path.home().joinpath(*parts)
    except RuntimeError:  # a user without a home
        return None


def _warn(place: Path, reason: NotOwn) -> None:
    """Warn once per process that the cache is not used, with the reason."""
    if _warned:
        return
    _warned.add(str(reason))
    warnings.warn(
        f"The cache of compiled code in {place} is not trusted: {reason}. The code is compiled "
        f"again. Make the folder writable by you alone (chown, chmod go-w), or set {VARIABLE} to "
        f"another folder, or to 'off'.",
        RuntimeWarning,
        stacklevel=2,
    )


def _sealed(key: str, code: bytes) -> bytes:
    """Return the content of a file: a mark, a checksum of key and code, the code."""
    return _MARK + sha256(key.encode() + code).digest() + code


def _write(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, and rename it."""
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
    """Set the modification time of a file to now, at most once a day."""
    with contextlib.suppress(OSError):
        if path.stat().st_mtime < time.time() - _DAY:
            os.utime(path)


def _count(place: Path, added: int) -> None:
    """Add to the size of a folder, measured once per process; remove files over the limit."""
    known = _sizes.get(place)
    _sizes[place] = _measured(place) if known is None else known + added
    if _sizes[place] > LIMIT:
        _sizes[place] = _pruned(place)


def _measured(place: Path) -> int:
    """Return the bytes of the cache's files in a folder."""
    return sum(size for _, size, _ in _files(place))


def _pruned(place: Path) -> int:
    """Remove the files used longest ago, to well below the limit; return the size that is left.

    Partial files of interrupted processes become the oldest files, and are removed like others.
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
    """Return the time of last use, the size and the path of each of the cache's own files."""
    found = []
    for path in place.iterdir():
        if _OWN_NAME.fullmatch(path.name):
            with contextlib.suppress(OSError):
                state = path.lstat()
                if stat.S_ISREG(state.st_mode):
                    found.append((state.st_mtime, state.st_size, path))
    return found
