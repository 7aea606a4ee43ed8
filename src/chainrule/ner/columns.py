"""Tagged words as text in columns: a word, a tab and its tag per line, a blank line at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Names = np.ndarray[Any, np.dtype[np.object_]]


def line_ends(written: Names) -> Names:
    """Return what follows a word: [0, i, j] for tag j after tag i, [1, i, j] for a last word.

    written  object (K + 1, K), see `chainrule.text.rewritten`
    """
    lines = "\t" + written + "\n"
    return np.stack([lines, lines + "\n"])


def text_of_lines(words: Sequence[str], ends: Names) -> str:
    """Return words, each followed by the end of its line, object (words,)."""
    pieces = [""] * (2 * len(words))
    pieces[::2] = words
    pieces[1::2] = ends.tolist()
    return "".join(pieces)
