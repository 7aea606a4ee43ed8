"""Sentences laid one after the other into lanes of one length, so that texts share compiled code.

    lane 0:  Ada visited Turin .  -  It rained .  -  -  -
    lane 1:  Turin welcomed Ada in May .  -  -  -  -  -

There is at least one gap (-) between two sentences of a lane, or as many as the encoder reads on
each side of a word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IdArray = np.ndarray[Any, np.dtype[np.int64]]

_STEPS = 128  # of a lane, doubled until the longest sentence fits


@dataclass(frozen=True)
class Lanes:
    """The numbers of words in lanes, and where in the lanes the words are.

    numbers  int64 (steps + 2 margin, lanes), 0 in gaps
    slots    int64 (words,): step times lanes plus lane of each word
    """

    numbers: IdArray
    slots: IdArray


def lanes_of(rows: IdArray, lengths: npt.ArrayLike, margin: int, positions: int) -> Iterator[Lanes]:
    """Yield lanes that hold the sentences in order.

    rows       the numbers of the words, the sentences one after the other, none 0
    lengths    the number of words of each sentence
    margin     the gaps at each end of a lane
    positions  of words and gaps that are yielded at once, about

    The number of steps is a power of 2, that of lanes has four values.
    """
    sizes = np.array(lengths, np.int64)
    sizes = sizes[sizes > 0]
    steps = max(_STEPS, _power_of_two(sizes.max(initial=1)))
    lane, first = _placed(sizes, steps, max(1, margin))
    most = max(1, positions // steps)
    ends = np.cumsum(sizes)
    for begin in range(0, int(lane.max(initial=-1)) + 1, most):
        some = slice(*np.searchsorted(lane, [begin, begin + most]).tolist())
        words = slice(int((ends - sizes)[some][0]), int(ends[some][-1]))
        where = lane[some] - begin, first[some], sizes[some]
        yield _filled(rows[words], *where, steps, margin, most)


def _placed(sizes: IdArray, steps: int, gap: int) -> tuple[IdArray, IdArray]:
    """Return the lane of each sentence and its first step there."""
    ends = np.cumsum(sizes + gap)
    starts = ends - sizes - gap
    begins = [*_lane_begins(ends.tolist(), steps + gap)]
    counts = np.diff([*begins, len(sizes)])
    return np.repeat(np.arange(len(counts)), counts), starts - np.repeat(starts[begins], counts)


def _lane_begins(ends: Sequence[int], room: int) -> Iterator[int]:
    """Yield the first sentence of every lane."""
    sentence = before = 0
    while sentence < len(ends):
        yield sentence
        sentence = bisect_right(ends, before + room, sentence)
        before = ends[sentence - 1]


def _filled(
    rows: IdArray, lane: IdArray, first: IdArray, sizes: IdArray, steps: int, margin: int, most: int
) -> Lanes:
    grain = max(1, most // 4)
    count = -(-(int(lane[-1]) + 1) // grain) * grain
    begins = np.cumsum(sizes) - sizes
    slots = np.arange(len(rows)) * count + np.repeat((first - begins) * count + lane, sizes)
    numbers = np.zeros((steps + 2 * margin, count), np.int64)
    numbers[margin:].reshape(-1)[slots] = rows
    return Lanes(numbers, slots)


def _power_of_two(size: int) -> int:
    """Return the smallest power of 2 that is not below `size`."""
    return 1 << (int(size) - 1).bit_length()
