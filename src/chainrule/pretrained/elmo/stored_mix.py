"""The mix of layers that a network was saved with, from scalar_mix.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.json_file import read_json
from chainrule.storage import shown

_LARGEST = 100_000  # bytes
_MOST = 1e30


def read_mix(path: Path, layers: int) -> tuple[Array, Array]:
    """Return the scores of layers and gamma, float32; raises PretrainedError for anything else."""
    found = read_json(path, _LARGEST)
    return _numbers(path, found, "scores", layers), _numbers(path, found, "gamma", 1)


def _numbers(path: Path, found: dict[str, Any], name: str, count: int) -> Array:
    given: Any = found.get(name)
    numbers = isinstance(given, list) and all(type(each) in (int, float) for each in given)
    if not numbers or len(given) != count or any(abs(each) > _MOST for each in given):
        raise PretrainedError(
            f"{shown(path)} has {name} {ascii(given)[:80]}; it is a list of {count} numbers. "
            "Correct the file, or remove it for the mean of the layers."
        )
    return np.array(given, np.float32)
