"""Memory: one arena for all computed values, shared by those that are never alive at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import Array

LINE = 64


@dataclass(frozen=True)
class Lifetime:
    """What needs memory: so many bytes, from one call to another, both included."""

    nbytes: int
    first: int
    last: int


def lifetimes(
    uses: Sequence[Iterable[Hashable]], sizes: Mapping[Any, int], kept: Iterable[Hashable]
) -> dict[Hashable, Lifetime]:
    """Return when each block is alive: from its first use to its last, kept ones to the end.

    uses   per call, the blocks that it reads or writes
    sizes  bytes per block; what is not among them is not placed
    """
    first: dict[Hashable, int] = {}
    last: dict[Hashable, int] = {}
    for number, used in enumerate(uses):
        for each in used:
            if each in sizes:
                first.setdefault(each, number)
                last[each] = number
    last |= {each: len(uses) for each in kept if each in first}
    return {each: Lifetime(sizes[each], first[each], last[each]) for each in first}


def placed(blocks: Mapping[Hashable, Lifetime]) -> tuple[dict[Hashable, int], int]:
    """Return the offset of each block in one arena, and the arena's size in bytes.

    Blocks are placed in the order in which they are first used, each in the smallest gap that
    holds it among those left by blocks that are not needed any more.
    """
    gaps = _Gaps()
    offsets: dict[Hashable, int] = {}
    alive: list[tuple[int, int, int]] = []
    for block, life in sorted(blocks.items(), key=lambda item: item[1].first):
        for each in [each for each in alive if each[0] < life.first]:
            alive.remove(each)
            gaps.give_back(each[1], each[2])
        size = -(-max(life.nbytes, 1) // LINE) * LINE
        offsets[block] = gaps.take(size)
        alive.append((life.last, offsets[block], size))
    return offsets, gaps.end


def aligned(nbytes: int) -> Array:
    """Return bytes that start at a cache line."""
    room = np.empty(nbytes + LINE, np.uint8)
    start = -int(room.__array_interface__["data"][0]) % LINE
    return room[start : start + nbytes]


class _Gaps:
    """The free places before `end`, as (offset, size), in order."""

    def __init__(self) -> None:
        self.free: list[tuple[int, int]] = []
        self.end = 0

    def take(self, size: int) -> int:
        """Return the offset of a free place of this size."""
        fitting = [gap for gap in self.free if gap[1] >= size]
        if not fitting:
            return self._at_the_end(size)
        offset, room = best = min(fitting, key=lambda gap: gap[1])
        self.free.remove(best)
        if room > size:
            self.give_back(offset + size, room - size)
        return offset

    def _at_the_end(self, size: int) -> int:
        """Return a place at the end, in part in the last gap if that touches it."""
        start = self.end
        if self.free and sum(self.free[-1]) == self.end:
            start = self.free.pop()[0]
        self.end = start + size
        return start

    def give_back(self, offset: int, size: int) -> None:
        """Make a place free again, one with the free places beside it."""
        joined = [gap for gap in self.free if gap[0] + gap[1] == offset or gap[0] == offset + size]
        for gap in joined:
            self.free.remove(gap)
        start = min([offset, *(gap[0] for gap in joined)])
        self.free.append((start, size + sum(gap[1] for gap in joined)))
        self.free.sort()
