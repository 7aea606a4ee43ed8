"""Checkouts of the suites: given by the user, or cloned with git into the user's cache."""

from __future__ import annotations

import subprocess
from pathlib import Path

CACHE = Path.home() / ".cache" / "chainrule" / "judges"


def checked_out(source: str, given: Path | None, *, submodules: bool = False) -> Path:
    """Return the folder of a checkout; clone `source` if none is given and none is there.

    Raises FileNotFoundError if the given folder does not exist.
    """
    if given is not None:
        if not given.is_dir():
            raise FileNotFoundError(f"There is no folder {given}. Give a checkout of {source}.")
        return given
    folder = CACHE / source.rsplit("/", 1)[-1]
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        options = ["--recurse-submodules"] if submodules else []
        subprocess.run(["git", "clone", "-q", *options, source, str(folder)], check=True)
    return folder
