"""Atomic replacement of folders: a path is the complete old folder or the complete new one."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from chainrule.storage.atomic import (
    bring_folder_to_disk,
    bring_to_disk,
    folder_beside,
    name_beside,
    partials,
    remove_abandoned,
    siblings,
)
from chainrule.storage.exchange import exchanged

_PREVIOUS = ".previous"


def replace_folder(target: Path, write: Callable[[Path], object]) -> None:
    """Fill a new folder with `write`, flush it to the disk, and replace `target` by it.

    If the system supports it, the two folders are exchanged in one step. Otherwise the old folder
    is renamed first; `standing` finds it if the process ends between the two renames. Temporary
    folders of killed processes are removed. Raises OSError if the folder cannot be written;
    `standing` then returns the old folder, if there was one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(partials(target))
    with folder_beside(target) as beside:
        fresh = beside / "new"
        fresh.mkdir()
        write(fresh)
        if target.exists():
            fresh.chmod(target.stat().st_mode & 0o777)
        _bring_all_to_disk(fresh)
        _put(fresh, target)
    bring_folder_to_disk(target.parent)
    for each in siblings(target, _PREVIOUS):
        shutil.rmtree(each, ignore_errors=True)


def standing(target: Path) -> Path:
    """Return the path of a folder that `replace_folder` wrote.

    This is `target`, or the renamed old folder if a process was killed between the two renames.
    """
    if os.path.exists(target):
        return target
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        found = siblings(target.resolve(), _PREVIOUS)
        return max(found, key=lambda each: each.stat().st_mtime_ns, default=target)
    return target


def _put(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
    elif not exchanged(fresh, target):
        _put_in_two_steps(fresh, target)


def _put_in_two_steps(fresh: Path, target: Path) -> None:
    """Rename `target` to a previous name and `fresh` to `target`; undo on failure."""
    previous = name_beside(target, _PREVIOUS)
    try:
        target.rename(previous)
        fresh.rename(target)
    finally:
        # Also after Ctrl-C between the two, which is not an OSError.
        if not target.exists():
            previous.rename(target)


def _bring_all_to_disk(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        for name in files:
            bring_to_disk(Path(place) / name)
        bring_folder_to_disk(Path(place))
