"""The options of checkpoints, and the folder that holds them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

from chainrule.storage import StorageError, owned, reason, remove_abandoned, shown
from chainrule.train.errors import CheckpointError
from chainrule.train.state.whole_number import whole_number

_LOCK = ".chainrule.lock"
_NAME = re.compile(r"step-(\d{9,})\.safetensors")
_PARTIAL = re.compile(r"\.step-\d{9,}\.safetensors\.[0-9a-f]+\.partial")


@dataclass(frozen=True)
class Checkpoint:
    """Checkpoints of a run in a folder, from which a killed run continues.

    folder         the folder of one run, created if missing; a second run that uses it at the same
                   time is refused, and other files in it are left alone
    every_steps    write after every so many steps
    every_seconds  write when so many seconds have passed since the last; 60 if neither is given
    keep           how many of the latest checkpoints are kept

    A checkpoint is one file, such as step-000000123.safetensors, written atomically. It holds
    parameters, running statistics, optimizer, schedule, random streams, the states of callbacks,
    the history and the position in the data. The first is written before the first step, the last
    when the run ends or is interrupted. Raises ValueError for numbers out of range.
    """

    folder: str | os.PathLike[str]
    every_steps: int | None = None
    every_seconds: float | None = None
    keep: int = 2

    def __post_init__(self) -> None:
        if self.every_steps is None and self.every_seconds is None:
            object.__setattr__(self, "every_seconds", 60.0)
        whole_number("Checkpoint", "keep", self.keep, 1)
        if self.every_steps is not None:
            whole_number("Checkpoint", "every_steps", self.every_steps, 1)
        seconds: Any = self.every_seconds
        if seconds is not None and not (isinstance(seconds, Real) and float(seconds) > 0):
            raise ValueError(
                f"Checkpoint was given every_seconds={seconds!r}. Give a positive number."
            )

    def path(self, step: int) -> Path:
        """Return the file of the checkpoint after a step."""
        return Path(self.folder) / f"step-{step:09d}.safetensors"

    def paths(self) -> list[Path]:
        """Return the checkpoints in the folder, the latest last.

        Raises CheckpointError if the path is not a folder or cannot be read.
        """
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except NotADirectoryError as error:
            raise CheckpointError(
                f"Checkpoints were requested in {shown(self.folder)}, which is not a folder."
            ) from error
        except (OSError, ValueError) as error:
            raise self._unusable(error) from error
        return sorted((Path(self.folder) / n for n in names if _NAME.fullmatch(n)), key=_step)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Lock the folder while the block runs; the folder is created if missing.

        Raises CheckpointError, which names the process, if another run has locked the folder.
        """
        self.paths()
        folder = Path(self.folder)
        with ExitStack() as held:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(owned(folder / _LOCK, f"The folder {shown(folder)}"))
            except StorageError as error:
                raise CheckpointError(f"Checkpoints cannot be written: {error}") from error
            except (OSError, ValueError) as error:
                raise self._unusable(error) from error
            yield

    def _unusable(self, error: Exception) -> CheckpointError:
        return CheckpointError(
            f"The folder {shown(self.folder)} cannot be used for checkpoints: {reason(error)}. "
            "Name another one."
        )

    def latest(self) -> Path | None:
        """Return the latest checkpoint, None if there is none."""
        return next(reversed(self.paths()), None)

    def tidy(self) -> None:
        """Remove all checkpoints but the latest `keep`, and partial files of killed processes.

        Only the run that has locked the folder may call it.
        """
        for each in self.paths()[: -self.keep]:
            each.unlink(missing_ok=True)
        beside = Path(self.folder).iterdir()
        remove_abandoned(each for each in beside if _PARTIAL.fullmatch(each.name))


def _step(path: Path) -> int:
    found = _NAME.fullmatch(path.name)
    assert found is not None
    return int(found[1])
