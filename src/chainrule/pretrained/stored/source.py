"""Where a pretrained network comes from, and what was made of the file's arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.pretrained.families.family import Family
from chainrule.pretrained.sentences.sentence_pooling import SentencePooling
from chainrule.pretrained.tokenizer import Tokenizer


@dataclass(frozen=True, eq=False)
class Source:
    """The origin of a network.

    path       the folder
    config     what its config.json holds
    files      the paths of the files of the tokenizer, by name
    family     its family
    head       the name of the head, or None
    labels     the names of labels in the order of scores; empty for a head without labels
    tokenizer  the tokenizer, or None where the folder has none
    pooling    how vectors of sentences are made
    fresh      the paths of parameters that were drawn, since the file does not hold them
    unread     the names of arrays of the file that belong to a pooler or head that was not made
    """

    path: Path
    config: Mapping[str, Any]
    files: Mapping[str, Path]
    family: Family
    head: str | None
    labels: tuple[str, ...]
    tokenizer: Tokenizer | None
    pooling: SentencePooling
    fresh: tuple[str, ...]
    unread: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.family.name} from {self.path}"]
        if self.fresh:
            lines.append(f"drawn, not loaded: {', '.join(self.fresh)}")
        if self.unread:
            lines.append(f"in the file, not used: {', '.join(self.unread)}")
        return "\n".join(lines)
