"""Pickles of plain values: numbers, texts, lists, dicts; no class, no function."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chainrule.pretrained.files.torch.pickle_bytes import PickleBytes
from chainrule.pretrained.files.torch.pickle_instructions import unpickle
from chainrule.pretrained.files.weight_file import opened
from chainrule.storage.errors import FormatError

_LONGEST = 64_000_000  # bytes


def read_plain_pickle(path: Path) -> Any:
    """Return the value of a pickle that asks for no global; nothing of it is executed.

    Raises PretrainedError for a pickle that asks for one and for a damaged file, StorageError for a
    file that cannot be opened.
    """
    with opened(path, "a pickle") as (file, _):
        if os.fstat(file.fileno()).st_size > _LONGEST:
            raise FormatError(f"it has more than {_LONGEST} bytes")
        return unpickle(PickleBytes(file.read()))
