"""Batches of texts of similar length, in few shapes, since functions are compiled per shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array

_PARTS = 8  # of the rows of a full batch: how many a batch can have
_OVERHEAD = 64  # tokens that take as long as what a batch takes whatever its size


@dataclass(frozen=True, eq=False)
class LengthBatch:
    """Texts that are computed together.

    chosen  the positions of the texts
    rows    the rows of the batch, at least as many
    tokens  the tokens of each row
    """

    chosen: Array
    rows: int
    tokens: int


def length_batches(lengths: Array, size: int, longest: int) -> Iterator[LengthBatch]:
    """Yield batches of all texts, from the shortest to the longest.

    lengths  the number of tokens of each text
    size     about as many tokens are in a full batch
    longest  the largest number of tokens of a row

    The texts are divided where that costs least, counting all tokens of a batch, padding and empty
    rows included, and the overhead of a batch. Rows have eighths of the rows of a full batch.
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    for end, rows, tokens in _divided(lengths[order].tolist(), size, longest):
        yield LengthBatch(order[start:end], rows, tokens)
        start = end


_Cut = tuple[int, int, int]  # where a batch ends, its rows, and the tokens of a row


def _divided(lengths: Sequence[int], size: int, longest: int) -> list[_Cut]:
    """Return the cheapest division of ascending lengths, by dynamic programming."""
    count = len(lengths)
    costs: list[float] = [0, *[np.inf] * count]
    last: list[tuple[int, _Cut]] = [(0, (0, 0, 0))] * (count + 1)
    for start in range(count):
        for cut in _cuts(lengths, start, size, longest):
            end, rows, tokens = cut
            cost = costs[start] + rows * tokens + _OVERHEAD
            if cost < costs[end]:
                costs[end], last[end] = cost, (start, cut)
    found: list[_Cut] = []
    end = count
    while end:
        end, cut = last[end]
        found.append(cut)
    return found[::-1]


def _cuts(lengths: Sequence[int], start: int, size: int, longest: int) -> Iterator[_Cut]:
    """Yield batches that begin with the text `start`, with different shares of the full rows.

    The first guess of the rows is that of the shortest text, which is corrected by the longest.
    """
    for part in range(1, _PARTS + 1):
        end = start
        for _ in range(2):
            tokens = _rounded(lengths[max(start, end - 1)], longest)
            end = min(start + _rows(tokens, size, part), len(lengths))
        tokens = _rounded(lengths[end - 1], longest)
        yield end, _rows(tokens, size, part), tokens


def _rows(tokens: int, size: int, part: int) -> int:
    return max(1, size // tokens * part // _PARTS)


def _rounded(length: int, longest: int) -> int:
    step = 2 if length <= 32 else 4 if length <= 64 else 8 if length <= 128 else 16
    return min(-(-length // step) * step, longest)
