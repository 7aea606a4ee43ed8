"""Atomic replacement of folders: a path leads to the whole old folder or the whole new one."""

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
    """Let `write` fill a new folder, bring it to the disk, and put it in the place of `target`.

    Where the system can, the two are exchanged in one step. Elsewhere the old folder has another
    name for a moment, under which `standing` finds it if the process ends there. What killed
    processes left is removed. Raises OSError if the folder cannot be written; `target` is then as
    it was, or where `standing` finds it.
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
    """Return where the content of a folder is that `replace_folder` wrote.

    That is `target`, but for a process that was killed in the moment without it: the folder before.
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
    previous = name_beside(target, _PREVIOUS)
    try:
        target.rename(previous)
        fresh.rename(target)
    finally:
        # Also after Ctrl-C between the two, which is no OSError.
        if not target.exists():
            previous.rename(target)


def _bring_all_to_disk(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        for name in files:
            bring_to_disk(Path(place) / name)
        bring_folder_to_disk(Path(place))
