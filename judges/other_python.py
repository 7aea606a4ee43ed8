"""Scripts that another Python runs, where a library needs an environment of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path


class MissingLibraryError(Exception):
    """Raised if a library does not run in the given environment; says what to install there."""


def run_script(python: str | Path, script: Path, arguments: Sequence[str], needs: str) -> None:
    """Run a script with another Python.

    needs  what to install in its environment

    Raises MissingLibraryError if the Python cannot be run, or the script fails.
    """
    command = [str(python), str(script), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except OSError as error:
        raise MissingLibraryError(
            f"{python} cannot be run: {error}.\nIt needs:\n{needs}"
        ) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise MissingLibraryError(f"{script.name} failed with {python}: {last}\nIt needs:\n{needs}")
