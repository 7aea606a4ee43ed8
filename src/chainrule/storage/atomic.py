"""Atomic writing: a path always has either the complete old content or the complete new one."""

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
_LONGEST = 200  # bytes of a name; most file systems allow 255


def write_atomically(path: str | os.PathLike[str], write: Callable[[Path], object]) -> None:
    """Write a file with `write`, flush it to the disk, and replace `path` by it.

    write  fills the empty file whose path it is given, in a temporary folder beside `path`; other
           files in that folder are removed

    A full disk, Ctrl-C, a killed process or a power failure leaves the old content at `path`.
    Missing folders are created, a symbolic link is followed, and an existing file keeps its
    permissions. The temporary folder of a killed process is removed by the first write at least an
    hour later; that of a running process is never removed.

    Raises StorageError if the file cannot be written; other exceptions of `write` propagate.
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
    """Return the temporary folders beside `path`, of running writes and of killed ones."""
    return siblings(Path(path), _SUFFIX)


def siblings(target: Path, suffix: str) -> list[Path]:
    """Return the paths beside `target` whose names have the form of `name_beside`."""
    name = re.compile(re.escape(_start(target)) + "[0-9a-f]{8}" + re.escape(suffix))
    return [each for each in target.parent.iterdir() if name.fullmatch(each.name)]


def name_beside(target: Path, suffix: str) -> Path:
    """Return an unused path beside `target` with a hidden name."""
    return target.parent / f"{_start(target)}{secrets.token_hex(4)}{suffix}"


def remove_abandoned(folders: Iterable[Path], older_than: float = 0.0) -> None:
    """Remove temporary folders that are older than `older_than` seconds and have no running writer.

    On a file system without locks a running writer cannot be detected, and nothing is removed.
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
        f"{shown(path)} could not be written: {reason(error)}. The previous content is unchanged. "
        "Choose another place, or free disk space, and write again."
    )


def _place(path: Path) -> Path:
    """Return the resolved path of the file, after creating its folder."""
    try:
        target = _file(path)
        target.parent.mkdir(parents=True, exist_ok=True)
    except StorageError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # invalid names, and cycles of links
        raise _unwritable(path, error) from error
    return target


def _file(path: Path) -> Path:
    target = path.resolve()
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "not a regular file"
        raise StorageError(
            f"{shown(path)} was given as the file to write, but it is {kind}. Name a file."
        )
    return target


def _start(target: Path) -> str:
    """Return the prefix of the names of temporary folders; long file names are shortened."""
    name = os.fsencode(target.name)
    if len(name) <= _LONGEST:
        return f".{target.name}."
    return f".{hashlib.sha256(name).hexdigest()[:32]}."


def _write_and_exchange(target: Path, write: Callable[[Path], object]) -> None:
    """Write a temporary file, flush it, and replace `target` by it."""
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
    """Create a locked folder beside `target`, and remove it at the end of the block."""
    folder, descriptor = _locked_folder(target)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _locked_folder(target: Path) -> tuple[Path, int | None]:
    """Create a folder beside `target`; return it with the descriptor of its lock, if any."""
    folder = name_beside(target, _SUFFIX)
    folder.mkdir()
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # some systems cannot open folders; these are never removed
        return folder, None
    if try_lock(descriptor) is not False and folder.exists():
        return folder, descriptor
    os.close(descriptor)  # another process removed it as abandoned
    return _locked_folder(target)


def bring_to_disk(file: Path) -> None:
    """Flush the content of a file to the disk."""
    with open(file, "r+b") as opened:
        os.fsync(opened.fileno())


def bring_folder_to_disk(folder: Path) -> None:
    """Flush the entries of a folder, so that a replacement is durable, where supported."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
