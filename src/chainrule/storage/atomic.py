"""Atomic writing: at every moment the path holds the old content or the new one, whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from chainrule.storage.errors import StorageError
from chainrule.storage.lock import try_lock
from chainrule.storage.paths import reason, shown

_SUFFIX = ".partial"
_ABANDONED = 3600.0
_LONGEST = 200  # bytes of a name; most file systems take 255


def write_atomically(path: str | os.PathLike[str], write: Callable[[Path], object]) -> None:
    """Let `write` make a file, bring it to the disk, and put it in the place of `path`.

    write  is given the path of an empty file in a folder of its own beside `path`, and fills it;
           what else it makes there is removed

    A full disk, Ctrl-C, a lost process or a power cut leaves what was at `path` before. Missing
    folders are made; a symbolic link stays one; an existing file keeps its permissions. What a
    process that was killed left half written is removed by the first write an hour later or more,
    whatever the clock says never while its writer lives.

    Raises StorageError if the file cannot be written; whatever else `write` raises goes through.
    """
    try:
        target = _place(Path(path))
        remove_abandoned(partials(target), _ABANDONED)
        _write_and_exchange(target, write)
    except StorageError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from error


def partials(path: str | os.PathLike[str]) -> list[Path]:
    """Return the folders beside `path` of writes under way, and of those that were killed."""
    return siblings(Path(path), _SUFFIX)


def siblings(target: Path, suffix: str) -> list[Path]:
    """Return what is beside `target` under a name that `name_beside` makes."""
    name = re.compile(re.escape(_start(target)) + "[0-9a-f]{8}" + re.escape(suffix))
    return [each for each in target.parent.iterdir() if name.fullmatch(each.name)]


def name_beside(target: Path, suffix: str) -> Path:
    """Return a hidden name beside `target` that nothing has."""
    return target.parent / f"{_start(target)}{secrets.token_hex(4)}{suffix}"


def remove_abandoned(folders: Iterable[Path], older_than: float = 0.0) -> None:
    """Remove those of `partials` whose writer has come to an end, and made them `older_than` s ago.

    Where the file system has no locks, that is not known, and they stay.
    """
    for each in folders:
        with contextlib.suppress(OSError):
            if each.stat().st_mtime <= time.time() - older_than:
                _remove_unless_written(each)


def _remove_unless_written(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if try_lock(descriptor):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _unwritable(path: str | os.PathLike[str], error: Exception) -> StorageError:
    return StorageError(
        f"{shown(path)} could not be written: {reason(error)}. What was there before is "
        "unchanged. Choose another place, or make room, and write again."
    )


def _place(path: Path) -> Path:
    """Return the resolved path of the file, after creating its folder."""
    try:
        target = _file(path)
        target.parent.mkdir(parents=True, exist_ok=True)
    except StorageError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # odd names, and links in a circle
        raise _unwritable(path, error) from error
    return target


def _file(path: Path) -> Path:
    target = path.resolve()
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "no ordinary file"
        raise StorageError(f"{shown(path)} was asked for a file, but it is {kind}. Name a file.")
    return target


def _start(target: Path) -> str:
    """Return how the names of the folders beside a file begin; long names are shortened."""
    name = os.fsencode(target.name)
    if len(name) <= _LONGEST:
        return f".{target.name}."
    return f".{hashlib.sha256(name).hexdigest()[:32]}."


def _write_and_exchange(target: Path, write: Callable[[Path], object]) -> None:
    with folder_beside(target) as folder:
        partial = folder / target.name
        partial.touch()
        mode = (target if target.exists() else partial).stat().st_mode
        write(partial)
        partial.chmod(stat.S_IMODE(mode))
        bring_to_disk(partial)
        os.replace(partial, target)
    bring_folder_to_disk(target.parent)


@contextlib.contextmanager
def folder_beside(target: Path) -> Iterator[Path]:
    """Make a folder that is locked while the block runs, and then removed."""
    folder, descriptor = _locked_folder(target)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _locked_folder(target: Path) -> tuple[Path, int | None]:
    folder = name_beside(target, _SUFFIX)
    folder.mkdir()
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # some systems cannot open folders, and none of their folders are removed
        return folder, None
    if try_lock(descriptor) is not False and folder.exists():
        return folder, descriptor
    os.close(descriptor)  # somebody took it for abandoned in that very moment
    return _locked_folder(target)


def bring_to_disk(file: Path) -> None:
    """Let the content of a file survive a loss of power."""
    with open(file, "r+b") as opened:
        os.fsync(opened.fileno())


def bring_folder_to_disk(folder: Path) -> None:
    """Make the exchange itself durable, where the system can: it has happened in any case."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
