"""Where an ULMFiT network comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chainrule.pretrained.ulmfit.word_tokenizer import WordTokenizer


@dataclass(frozen=True, eq=False)
class UlmfitSource:
    """The origin of a network.

    path       the folder; None for a network that was not loaded
    head       "language-model", "classification", or None
    labels     the names of the classes in the order of scores; empty for other heads
    tokenizer  of its vocabulary
    fresh      the paths of parameters that were drawn, since the file does not hold them
    unread     the names of arrays of the file that belong to a head that was not made
    """

    path: Path | None
    head: str | None
    labels: tuple[str, ...]
    tokenizer: WordTokenizer
    fresh: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
