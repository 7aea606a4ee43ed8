"""What generation needs of a network: scores of the next token, for several texts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chainrule.graph import Array

Ids = Sequence[int] | Array


class Decoder(Protocol):
    """Texts that grow, one row each.

    The rows are computed together, and remember what they have read.
    """

    def begin(self, prompts: Sequence[Ids], copies: int = 1) -> Array:
        """Read the prompts, and return the scores of the next token: float32 (rows, vocabulary).

        copies  rows per prompt, which follow each other
        """

    def append(self, tokens: Array) -> Array:
        """Append a token (rows,) to every text, and return the scores of the next one."""

    def arrange(self, parents: Array) -> None:
        """Let every row go on with the text of another one, whose numbers are `parents` (rows,)."""
