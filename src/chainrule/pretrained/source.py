"""Where a pretrained network comes from, and what was made of the file's arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.pretrained.families.family import Family


@dataclass(frozen=True, eq=False)
class Source:
    """The origin of a network.

    folder     the name of the folder
    family     its family
    head       the name of the head, or None
    config     the configuration as in the file
    labels     the names of labels in the order of scores; empty without such a head
    tokenizer  the tokenizer, or None where the folder has none
    fresh      the paths of parameters that were drawn, not loaded
    unread     the names of arrays of the file that belong to heads that were not asked for
    """

    folder: str
    family: Family
    head: str | None
    config: Mapping[str, Any]
    labels: tuple[str, ...]
    tokenizer: Any
    fresh: tuple[str, ...]
    unread: tuple[str, ...]
