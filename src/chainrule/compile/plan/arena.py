"""The arena: memory for all computed values, shared by values of different lifetimes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import numpy as np

from chainrule.compile.plan.addresses import address_of
from chainrule.graph import Array

LINE = 64


@dataclass(frozen=True)
class Lifetime:
    """The bytes of a block, and its first and last use, as numbers of calls."""

    nbytes: int
    first: int
    last: int


def lifetimes(
    uses: Sequence[Iterable[Hashable]], sizes: Mapping[Any, int], kept: Iterable[Hashable]
) -> dict[Hashable, Lifetime]:
    """Return the lifetime of every block: from its first use to its last, or to the end if kept.

    uses   for every call, the blocks that it reads or writes
    sizes  bytes per block; other blocks have no lifetime
    kept   blocks that are needed after the last call
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


def assign_offsets(blocks: Mapping[Hashable, Lifetime]) -> tuple[dict[Hashable, int], int]:
    """Return the offset of each block in the arena, and the arena's size in bytes.

    Blocks are placed in the order of their first use, each in the smallest gap that is large
    enough. Offsets are multiples of a cache line.
    """
    gaps = _Gaps()
    offsets: dict[Hashable, int] = {}
    alive: list[tuple[int, int, int]] = []
    for block, life in sorted(blocks.items(), key=lambda item: item[1].first):
        while alive and alive[0][0] < life.first:
            _, offset, size = heappop(alive)
            gaps.give_back(offset, size)
        size = -(-max(life.nbytes, 1) // LINE) * LINE
        offsets[block] = gaps.take(size)
        heappush(alive, (life.last, offsets[block], size))
    return offsets, gaps.end


def aligned(nbytes: int) -> Array:
    """Return bytes that start at a cache line."""
    room = np.empty(nbytes + LINE, np.uint8)
    start = -address_of(room) % LINE
    return room[start : start + nbytes]


class _Gaps:
    """The free ranges before `end`, by size and by both ends."""

    def __init__(self) -> None:
        self.end = 0
        self._by_size: list[tuple[int, int]] = []
        self._size_at: dict[int, int] = {}
        self._start_before: dict[int, int] = {}

    def take(self, size: int) -> int:
        """Return the offset of a free range of this size: the first of the smallest ones."""
        number = bisect_left(self._by_size, (size, 0))
        if number == len(self._by_size):
            return self._at_the_end(size)
        room, offset = self._by_size[number]
        self._remove(offset)
        if room > size:
            self._add(offset + size, room - size)
        return offset

    def give_back(self, offset: int, size: int) -> None:
        """Free a range, and merge it with adjacent free ranges."""
        start, stop = offset, offset + size
        if stop in self._size_at:
            stop += self._remove(stop)
        if start in self._start_before:
            start = self._start_before[start]
            self._remove(start)
        self._add(start, stop - start)

    def _at_the_end(self, size: int) -> int:
        """Return a range at the end; it starts in the last free range if that ends there."""
        start = self._start_before.get(self.end, self.end)
        if start < self.end:
            self._remove(start)
        self.end = start + size
        return start

    def _add(self, start: int, size: int) -> None:
        """Add a free range."""
        insort(self._by_size, (size, start))
        self._size_at[start] = size
        self._start_before[start + size] = start

    def _remove(self, start: int) -> int:
        """Remove a free range, and return its size."""
        size = self._size_at.pop(start)
        del self._start_before[start + size]
        del self._by_size[bisect_left(self._by_size, (size, start))]
        return size
