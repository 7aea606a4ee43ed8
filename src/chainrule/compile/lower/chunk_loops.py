"""Chunk loops: calls that follow each other are made for some rows, then for the next rows.

A value that one call writes and the next one reads is then still in the cache, and two threads,
each with half of the rows, meet once after all calls instead of after every one.

Calls join a loop if each reads what the loop has computed so far only at its own rows. Other calls
are made before the loop if they read nothing of it, else after it. The rows of a chunk depend on
extents alone, so that bits do not depend on threads.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from chainrule.compile.fuse.fusion import ReferenceGate
from chainrule.compile.lower.kernel_calls import (
    Address,
    ChunkLoop,
    Item,
    KernelCall,
    RangeFlag,
    Scratch,
    Span,
    Units,
)
from chainrule.graph import Tensor

_CHUNK = 1 << 19  # bytes that a call accesses per chunk: a part of the cache of a core
_COARSE = 1 << 21  # bytes of a fraction above which no further call may make fractions larger
_HELD = 1 << 25  # bytes that calls after a loop may read of it, since they need memory until then
_APART = 16  # calls since the last one that joined
_UNDIVIDED = 12  # calls that join before one that is divided between threads
_LEAD = 4  # calls before such a one with which a loop may begin

_Block = Tensor | Scratch | RangeFlag
Place = tuple[int, int] | None  # start and bytes of the units in a block; None: all of the block


def with_chunk_loops(items: Iterable[Item | ReferenceGate]) -> Iterator[Item | ReferenceGate]:
    """Yield items in an order with the same results, with loops over chunks where calls join."""
    for is_call, part in groupby(items, lambda each: isinstance(each, KernelCall)):
        if is_call:
            yield from _looped([each for each in part if isinstance(each, KernelCall)])
        else:
            yield from part


def _looped(calls: Sequence[KernelCall]) -> Iterator[Item]:
    """Yield calls, with loops over chunks where some join."""
    left = deque(calls)
    while left:
        loop = _Loop()
        taken = []
        while left and not loop.is_closed:
            taken.append(left.popleft())
            loop.take(taken[-1])
        if loop.pays:
            yield from loop.before
            yield from loop.items()
            left.extendleft(reversed(loop.after))
            continue
        end = _next_start(loop.joined, taken)
        yield from taken[:end]
        left.extendleft(reversed(taken[end:]))


def _next_start(joined: Sequence[KernelCall], taken: Sequence[KernelCall]) -> int:
    """Return the position of the call with which the next loop begins.

    It is after the one with which this loop began, and not long before a call that is divided
    between threads, without which no loop pays.
    """
    count = len(taken)
    first = next((at for at, each in enumerate(taken) if joined and each is joined[0]), count)
    divided = (at for at, each in enumerate(taken) if at > first and each.second is not None)
    return max(first + 1, next(divided, count) - _LEAD) if first < count else count


class _Loop:
    """A loop while it is collected.

    joined  the calls of the loop
    before  the calls that are made before it
    after   the calls that are made after it
    """

    def __init__(self) -> None:
        self.joined: list[KernelCall] = []
        self.before: list[KernelCall] = []
        self.after: list[KernelCall] = []
        self._fractions = 0
        self._places: dict[_Block, set[Place]] = {}
        self._written: set[_Block] = set()
        self._later_touched: set[_Block] = set()
        self._later_written: set[_Block] = set()
        self._held = self._since = 0
        self._has_edge = self._is_divided = False

    @property
    def is_closed(self) -> bool:
        """Whether no further call should be taken."""
        is_idle = len(self.joined) >= _UNDIVIDED and not self._is_divided
        return is_idle or self._since > _APART or self._held > _HELD

    @property
    def pays(self) -> bool:
        """Whether some call reads what another one has computed, and two threads pay."""
        return self._has_edge and self._is_divided

    def take(self, call: KernelCall) -> None:
        """Let a call join, or make it before or after the loop."""
        self._since += 1 if self.joined else 0
        read, written = call.touched
        is_free = not (read & self._later_written or written & self._later_touched)
        if is_free and self._joins(call, read, written):
            self._since = 0
            return
        if is_free and not (read & self._written or written & self._places.keys()):
            self.before.append(call)
            return
        self.after.append(call)
        new = (read | written) - self._later_touched
        self._held += sum(each.nbytes for each in new & self._written)
        self._later_touched |= new
        self._later_written |= written

    def items(self) -> Iterator[ChunkLoop]:
        """Yield the loop, and a second one for rows that are left."""
        yield from _chunks(tuple(self.joined), self._fractions)

    def _joins(self, call: KernelCall, read: frozenset[_Block], written: frozenset[_Block]) -> bool:
        """Let a call join if it may; return whether it has."""
        units = call.units
        if units is None or (self.joined and not read & self._written):
            return False
        fractions = math.gcd(self._fractions, units.count)
        if fractions < 2 or (self.joined and self._becomes_coarse(units, fractions)):
            return False
        places = places_of(units)
        both = self._written | written
        for block, found in places.items():
            known = self._places.get(block, set())
            every = found | known
            if block in both and (len(every) > 1 or (known and None in every)):
                return False
        self._has_edge |= bool(read & self._written)
        self._is_divided |= call.second is not None
        self._fractions = fractions
        self.joined.append(call)
        self._written |= written
        for block, found in places.items():
            self._places.setdefault(block, set()).update(found)
        return True

    def _becomes_coarse(self, units: Units, fractions: int) -> bool:
        """Return whether a call would make the fractions larger than the cache."""
        if fractions == self._fractions:
            return False
        largest = max(map(_nbytes, [*(each.units for each in self.joined if each.units), units]))
        return largest / fractions > _COARSE


def places_of(units: Units) -> dict[_Block, set[Place]]:
    """Return which parts of every block the units of a call access."""
    found: dict[_Block, set[Place]] = {}
    for arguments in (units.whole, units.other):
        for each, step, start in zip(arguments, units.steps, units.starts, strict=True):
            if isinstance(each, Address):
                place = (each.offset - start, step * units.count) if step else None
                found.setdefault(each.of, set()).add(place)
    return found


def _nbytes(units: Units) -> int:
    """Return the bytes that all units of a call access, without what they share."""
    return units.count * sum(units.steps)


def _chunks(calls: tuple[KernelCall, ...], fractions: int) -> Iterator[ChunkLoop]:
    """Yield the loop over chunks of equal size, and one over what is left of both halves."""
    largest = max(_nbytes(each.units) for each in calls if each.units is not None)
    wanted = max(1, _CHUNK * fractions // max(largest, 1))
    halves = (0, fractions // 2), (fractions // 2, fractions - fractions // 2)
    times = _times(halves[0][1], wanted)
    whole = tuple(Span(start, count // times, times) for start, count in halves)
    yield ChunkLoop(calls, fractions, whole)
    rest = tuple(
        Span(start + count // times * times, count % times, 1)
        for start, count in halves
        if count % times
    )
    if rest:
        yield ChunkLoop(calls, fractions, rest)


def _times(count: int, wanted: int) -> int:
    """Return in how many chunks `count` fractions are divided: without a rest if that is near."""
    least = -(-count // min(count, wanted))
    return next((each for each in range(least, 2 * least) if not count % each), least)
