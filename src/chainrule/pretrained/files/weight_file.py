"""A file of weights that is opened again whenever an array of it is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chainrule.pretrained.errors import PretrainedError
from chainrule.storage import StorageError, open_regular, reason, shown
from chainrule.storage.errors import FormatError

_POINTER = b"version https://git-lfs"


class RefusedError(FormatError):
    """Raised for content that is possible in a format, and that is not read on purpose."""


@dataclass(frozen=True)
class WeightFile:
    """A file, and what the system said about it when its header was read.

    format  the name of its format, for error messages
    state   device, number, size and time of change of the file
    """

    path: Path
    format: str
    state: tuple[int, int, int, int]

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open the file; raises PretrainedError if it has changed, and for what it should not hold.

        FormatError and MemoryError of the `with` block become PretrainedError, and OSError becomes
        StorageError; their messages name the file.
        """
        with opened(self.path, self.format) as (file, found):
            if found != self:
                raise FormatError("it has changed since its header was read")
            yield file


@contextmanager
def opened(path: Path, format: str) -> Iterator[tuple[BinaryIO, WeightFile]]:
    """Open a file of weights for the first time; the errors are those of `WeightFile.opened`."""
    with open_regular(path) as file:
        try:
            state = os.fstat(file.fileno())
            seen = state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
            _require_no_pointer(file)
            yield file, WeightFile(path, format, seen)
        except FormatError as error:
            raise unreadable(path, format, error) from error
        except MemoryError as error:
            raise PretrainedError(
                f"{shown(path)} cannot be read: there is not enough memory for its arrays."
            ) from error
        except StorageError:
            raise
        except OSError as error:
            raise StorageError(f"{shown(path)} cannot be read: {reason(error)}.") from error


def _require_no_pointer(file: BinaryIO) -> None:
    """Raise FormatError for the text that Git leaves where it did not fetch a large file."""
    if file.read(len(_POINTER)) == _POINTER:
        raise FormatError("it is a pointer of Git LFS in place of the file; fetch that first")
    file.seek(0)


def unreadable(path: Path, format: str, error: Exception) -> PretrainedError:
    """Return the error of a file that is not of its format, for a reason that is a clause."""
    advice = (
        "Files of this kind can hold programs, and none is run. Convert it to model.safetensors "
        "with the library that wrote it, if you trust it."
        if isinstance(error, RefusedError)
        else "It is damaged, truncated, or of another format; use another copy of it."
    )
    return PretrainedError(f"{shown(path)} cannot be read as {format}: {error}. {advice}")
