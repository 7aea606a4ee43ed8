"""Finds the folder of a network: a plain folder, or one in the local cache of a hub.

The cache has a folder `models--organisation--name` per network, in which `refs/main` holds the name
of a revision, `snapshots/<revision>` its files as links, and `blobs/` what they point to.
"""

from __future__ import annotations

import re
from pathlib import Path

from chainrule.pretrained.errors import PretrainedError
from chainrule.storage import printable, read_regular, shown
from chainrule.storage.paths import AnyPath

_CACHED = "models--"
_SNAPSHOTS = "snapshots"
_REVISION = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,199}")
_LONGEST_REVISION = 1000  # bytes of refs/main


def network_folder(path: AnyPath) -> Path:
    """Return the folder with the files of a network, as an absolute path without links.

    path  that folder, or the folder `models--organisation--name` of a hub's cache, whose revision
          in `refs/main` is taken

    Raises PretrainedError for anything but a folder, and for a cache without that revision.
    """
    folder = _resolved(path)
    if folder.name.startswith(_CACHED) and (folder / _SNAPSHOTS).is_dir():
        return _main_snapshot(folder)
    return folder


def file_in(folder: Path, name: str) -> Path | None:
    """Return the path of a file of a network, with its link followed, or None if there is none.

    Raises PretrainedError for a link that leads out of the folder; within a hub's cache it may lead
    to another folder of the same network.
    """
    path = folder / name
    if not path.exists() and not path.is_symlink():
        return None
    found, home = _resolved(path, folder=False), _home(folder)
    if not found.is_relative_to(home):
        raise PretrainedError(
            f"{shown(path)} is a link to {shown(found)}, outside of {shown(home)}. Links are "
            "followed within the folder of a network only; copy the file into it."
        )
    return found


def _home(folder: Path) -> Path:
    """Return the folder that links of a network may not leave."""
    cached = folder.parent.name == _SNAPSHOTS and folder.parent.parent.name.startswith(_CACHED)
    return folder.parent.parent if cached else folder


def _resolved(path: AnyPath, folder: bool = True) -> Path:
    try:
        found = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        what = "a pretrained network" if folder else "it"
        raise PretrainedError(
            f"{shown(path)} was to be read, but {what} is not there: it is missing, or a link "
            "that leads nowhere. Check the name and the working directory; nothing is downloaded."
        ) from error
    if folder and not found.is_dir():
        raise PretrainedError(
            f"{shown(path)} was to be read as a pretrained network, but it is a file. Name the "
            "folder that holds config.json and the weights."
        )
    return found


def _main_snapshot(folder: Path) -> Path:
    """Return the snapshot that `refs/main` names."""
    reference = file_in(folder, "refs/main")
    if reference is None:
        raise _no_revision(folder, "it has no refs/main")
    revision = read_regular(reference, _LONGEST_REVISION).decode(errors="replace").strip()
    if not _REVISION.fullmatch(revision):
        raise _no_revision(folder, "its refs/main holds no revision")
    snapshot = folder / _SNAPSHOTS / revision
    if snapshot.is_symlink() or not snapshot.is_dir():
        raise _no_revision(folder, f"its refs/main names {revision}, which is not there")
    return snapshot


def _no_revision(folder: Path, why: str) -> PretrainedError:
    found = sorted(printable(each.name) for each in (folder / _SNAPSHOTS).iterdir())
    listed = ", ".join(found[:5]) or "none"
    return PretrainedError(
        f"{shown(folder)} is a network in a hub's cache, but {why}. Its snapshots are: {listed}. "
        "Name the folder of a snapshot; nothing is downloaded."
    )
