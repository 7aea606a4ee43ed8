"""What a family with files of its own is: how it is recognised and loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.pretrained.stored.head_choice import Labels


@dataclass(frozen=True)
class LoadRequest:
    """What `load` was asked for beside the path; the fields are its arguments."""

    head: str | None
    labels: Labels
    lower: bool | None
    random: np.random.Generator


@dataclass(frozen=True)
class StoredFamily:
    """A family with files of its own.

    name        as users know it
    recognises  whether a path holds a network of this family. Looks at names, and at small files;
                never raises an error: damaged files are for `load`, which says what is wrong
    load        returns the network, in inference mode
    fresh       returns a network with drawn weights from a folder without weights; None if the
                family has none
    classifies  whether it has the head "classification"
    """

    name: str
    recognises: Callable[[Path], bool]
    load: Callable[[Path, LoadRequest], Any]
    fresh: Callable[[Path, LoadRequest], Any] | None = None
    classifies: bool = False
