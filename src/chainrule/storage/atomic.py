"""Atomic writing: at every moment the path holds the old content or the new one, whole."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

from chainrule.storage.errors import StorageError

_SUFFIX = ".partial"
_ABANDONED = 3600.0


def write_atomically(path: str | os.PathLike[str], write: Callable[[Path], object]) -> None:
    """Let `write` make a file, bring it to the disk, and put it in the place of `path`.

    write  is given the path of an empty file in a folder of its own beside `path`, and fills it;
           what else it makes there is removed

    A full disk, Ctrl-C, a lost process or a power cut leaves what was at `path` before. Missing
    folders are made; a symbolic link stays one; an existing file keeps its permissions. What a
    process that was killed left half written is removed by the first write an hour later or more.

    Raises StorageError if the file cannot be written; whatever else `write` raises goes through.
    """
    try:
        target = _file(Path(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        _write_and_exchange(target, write)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"{path} could not be written: {error.strerror or error}. What was there before is "
            "unchanged. Choose another place, or make room, and write again."
        ) from error


def partials(path: str | os.PathLike[str]) -> list[Path]:
    """Return the folders beside `path` of writes under way, and of those that were killed."""
    target = Path(path)
    start = f".{target.name}."
    return [
        each
        for each in target.parent.iterdir()
        if each.name.startswith(start) and each.name.endswith(_SUFFIX)
    ]


def _file(path: Path) -> Path:
    target = path.resolve()
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "no ordinary file"
        raise StorageError(f"{path} was asked for a file, but it is {kind}. Name a file.")
    return target


def _write_and_exchange(target: Path, write: Callable[[Path], object]) -> None:
    folder = target.parent / f".{target.name}.{secrets.token_hex(4)}{_SUFFIX}"
    folder.mkdir()
    try:
        partial = folder / target.name
        partial.touch()
        mode = (target if target.exists() else partial).stat().st_mode
        write(partial)
        partial.chmod(stat.S_IMODE(mode))
        _bring_to_disk(partial)
        os.replace(partial, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _bring_folder_to_disk(target.parent)


def _bring_to_disk(file: Path) -> None:
    with open(file, "r+b") as opened:
        os.fsync(opened.fileno())


def _bring_folder_to_disk(folder: Path) -> None:
    """Make the exchange itself durable, where the system can: it has happened in any case."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_abandoned(target: Path) -> None:
    for each in partials(target):
        with contextlib.suppress(OSError):
            if each.stat().st_mtime < time.time() - _ABANDONED:
                shutil.rmtree(each, ignore_errors=True)
