"""Where a network of a family with files of its own comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.pretrained.tokenizer import Tokenizer


@dataclass(frozen=True, eq=False)
class Origin:
    """The origin of a network.

    family     the name of its family
    path       the folder
    config     what its config.json holds
    files      the paths of the files of the tokenizer, by name
    tokenizer  the tokenizer, or None where the folder has none
    head       the name of the head, or None
    labels     the names of labels in the order of scores; empty without a head
    fresh      the paths of parameters that were drawn, since the file does not hold them
    unread     the names of arrays of the file that are not part of the network
    """

    family: str
    path: Path
    config: Mapping[str, Any]
    files: Mapping[str, Path]
    tokenizer: Tokenizer | None = None
    head: str | None = None
    labels: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.family} from {self.path}"]
        if self.fresh:
            lines.append(f"drawn, not loaded: {', '.join(self.fresh)}")
        if self.unread:
            lines.append(f"in the file, not used: {', '.join(self.unread)}")
        return "\n".join(lines)
