"""Sums over blocks by the summation tree, on one rank and then over ranks.

A rank adds up the nodes of the tree that it owns. Then every rank is sent one chunk of these sums
by all others, finishes the tree for it, and sends the total to all (a reduce-scatter, then an
all-gather). A short sum is sent whole to every rank, which finishes the tree itself: one message
instead of two. Either way every element is added in the same order.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from time import perf_counter

import numpy as np

from chainrule.distributed.blocks import Blocks
from chainrule.distributed.communicator import Communicator, Transfer
from chainrule.distributed.traffic import Traffic
from chainrule.graph import Array, DType

_SHORT = 1 << 14  # bytes of a sum that is sent whole


class Buffers:
    """Arrays that are used again; each place holds one at a time."""

    def __init__(self) -> None:
        self._arrays: dict[Hashable, Array] = {}

    def array(self, place: Hashable, extent: int, dtype: DType) -> Array:
        """Return the array of a place, whatever it holds; a new one for another extent or dtype."""
        found = self._arrays.get(place)
        if found is None or found.size != extent or found.dtype != dtype:
            found = self._arrays[place] = np.empty(extent, dtype)
        return found


class SumStack:
    """Sums of terms that are pushed in order; see `summation_tree.additions`.

    sums  arrays for the sums, of which the first `height` are in use
    """

    def __init__(
        self, additions: Sequence[int], buffers: Buffers, place: Hashable, extent: int, dtype: DType
    ) -> None:
        self._additions = additions
        highest = top = 0
        for each in additions:
            top += 1
            highest = max(highest, top)
            top -= each
        self.sums = [buffers.array((place, row), extent, dtype) for row in range(highest)]
        self.height = self._pushed = 0

    def clear(self) -> None:
        """Begin again without terms."""
        self.height = self._pushed = 0

    def push(self, parts: Sequence[Array]) -> None:
        """Add a term, given as arrays that are its parts in order."""
        additions = self._additions[self._pushed]
        self._pushed += 1
        start, is_added = 0, additions > 0
        row = self.sums[self.height - 1 if is_added else self.height]
        for each in parts:
            place = row[start : start + each.size]
            start += each.size
            if is_added:
                np.add(place, each.reshape(-1), out=place)
            else:
                place[:] = each.reshape(-1)
        if not is_added:
            self.height += 1
        for _ in range(additions - 1):
            self._add_topmost()

    def _add_topmost(self) -> None:
        self.height -= 1
        left = self.sums[self.height - 1]
        np.add(left, self.sums[self.height], out=left)

    @property
    def is_full(self) -> bool:
        """Whether all terms were pushed."""
        return self._pushed == len(self._additions)


class TreeSum:
    """One sum over all blocks of a batch: `push` of every own block, `start`, then `total`.

    blocks  the blocks of the batch
    extent  the number of elements
    tag     a number of its own, and the next: all ranks use the same
    ranks   the number of ranks, from 0 on, that have or need the sum; None for all
    buffers memory that other sums with the same tag use too, one at a time
    """

    def __init__(
        self,
        communicator: Communicator,
        traffic: Traffic,
        blocks: Blocks,
        extent: int,
        dtype: DType,
        tag: int,
        ranks: int | None = None,
        buffers: Buffers | None = None,
    ) -> None:
        buffers = Buffers() if buffers is None else buffers
        self._communicator, self._traffic, self._tag = communicator, traffic, tag
        rank, size = communicator.rank, communicator.size if ranks is None else ranks
        self._size = size
        self._own = SumStack(blocks.additions(rank), buffers, (tag, "own"), extent, dtype)
        self._counts = [len(blocks.nodes(each)) for each in range(size)]
        self._is_short = extent * dtype.itemsize <= _SHORT
        self._bounds = [extent * each // size for each in range(size + 1)]
        mine = slice(0, extent) if self._is_short else self._chunk(rank)
        self._mine = mine
        part = mine.stop - mine.start
        self._others = [
            [buffers.array((tag, each, row), part, dtype) for row in range(count)]
            if each != rank
            else []
            for each, count in enumerate(self._counts)
        ]
        self._last = SumStack(blocks.last_additions(), buffers, (tag, "last"), part, dtype)
        self.result = buffers.array((tag, "result"), extent, dtype)
        self._pending: list[Transfer] = []
        self._stage, self._began = 0, 0.0

    def _chunk(self, rank: int) -> slice:
        return slice(self._bounds[rank], self._bounds[rank + 1])

    def push(self, parts: Sequence[Array]) -> None:
        """Add the term of the next own block."""
        self._own.push(parts)

    @property
    def is_complete(self) -> bool:
        """Whether the terms of all own blocks were pushed."""
        return self._own.is_full

    def start(self) -> None:
        """Start to send the own sums to others."""
        self._began = perf_counter()
        rank, communicator = self._communicator.rank, self._communicator
        for other in self._other_ranks():
            for row in self._others[other]:
                self._pending.append(communicator.start_receive(row, other, self._tag))
        for other in self._other_ranks():
            chunk = slice(None) if self._is_short else self._chunk(other)
            for row in self._own.sums[: self._counts[rank]]:
                self._send(row[chunk], other, self._tag)
        self._stage = 1

    def _other_ranks(self) -> list[int]:
        """Return the other ranks, beginning with the next one, so that not all send to rank 0."""
        rank, size = self._communicator.rank, self._size
        return [(rank + each) % size for each in range(1, size)]

    def _send(self, array: Array, to: int, tag: int) -> None:
        self._traffic.sent += array.nbytes
        self._pending.append(self._communicator.start_send(array, to, tag))

    def advance(self) -> None:
        """Go on as far as possible without waiting."""
        if self._stage in (1, 2) and all(each.done() for each in self._pending):
            self._next()

    def total(self) -> Array:
        """Wait for the sum over all blocks, and return it; the array is used again."""
        before = perf_counter()
        while self._stage in (1, 2):
            for each in self._pending:
                each.wait()
            self._next()
        now = perf_counter()
        if self._size > 1:
            self._traffic.waited += now - before
        self._stage = 0
        self._own.clear()
        return self.result

    def _next(self) -> None:
        """Go on after all transfers of a stage."""
        self._pending.clear()
        if self._stage == 1:
            self._finish()
        self._stage += 1
        if self._stage == 2 and (self._is_short or self._size == 1):
            self._stage = 3
        if self._stage == 2:
            self._share_chunks()
        if self._stage == 3 and self._size > 1:
            self._traffic.exchanges += 1
            self._traffic.in_flight += perf_counter() - self._began

    def _finish(self) -> None:
        """Finish the tree for the own chunk."""
        self._last.clear()
        own = self._own.sums
        for rank, received in enumerate(self._others):
            count = self._counts[rank]
            is_own = rank == self._communicator.rank
            rows = [each[self._mine] for each in own[:count]] if is_own else received
            for row in rows:
                self._last.push([row])
        self.result[self._mine] = self._last.sums[0]

    def _share_chunks(self) -> None:
        """Start to send the own chunk of the total to all, and to receive theirs."""
        communicator, tag = self._communicator, self._tag + 1
        for other in self._other_ranks():
            place = self.result[self._chunk(other)]
            self._pending.append(communicator.start_receive(place, other, tag))
        for other in self._other_ranks():
            self._send(self.result[self._mine], other, tag)
