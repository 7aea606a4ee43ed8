"""Sentences in groups that are tagged at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np


def groups(sentences: Sequence[Sequence[str]], words: int) -> Iterator[Sequence[Sequence[str]]]:
    """Yield groups of sentences of about so many words."""
    ends = np.cumsum([len(each) for each in sentences], dtype=np.int64)
    numbers = np.maximum(ends - 1, 0) // words
    firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
    for first, end in pairwise([*firsts.tolist(), len(sentences)]):
        yield sentences[first:end]
