"""Rows of the gradient of a table, gathered from all blocks in their order."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from chainrule.distributed.blocks import Blocks
from chainrule.distributed.communicator import Communicator, Transfer
from chainrule.distributed.traffic import Traffic
from chainrule.graph import Array, DType


class GatheredRows:
    """Rows (n, ...) of all blocks, joined: `put` of every own block, `start`, then `total`.

    counts  the number of rows of every block
    row     the shape of a row
    tag     a number of its own
    """

    def __init__(
        self,
        communicator: Communicator,
        traffic: Traffic,
        blocks: Blocks,
        counts: Sequence[int],
        row: tuple[int, ...],
        dtype: DType,
        tag: int,
    ) -> None:
        self._communicator, self._traffic, self._tag = communicator, traffic, tag
        self._ends = np.cumsum([0, *counts])
        owned = [blocks.owned(each) for each in range(communicator.size)]
        self._parts = [slice(self._ends[each.start], self._ends[each.stop]) for each in owned]
        self.result = np.empty((self._ends[-1], *row), dtype)
        self._pending: list[Transfer] = []
        self._began = 0.0

    def put(self, block: int, rows: Array) -> None:
        """Store the rows of an own block."""
        self.result[self._ends[block] : self._ends[block + 1]] = rows

    def start(self) -> None:
        """Start to send the own rows to all, and to receive theirs."""
        self._began = perf_counter()
        rank, communicator = self._communicator.rank, self._communicator
        own = self.result[self._parts[rank]]
        others = [(rank + each) % communicator.size for each in range(1, communicator.size)]
        for other in others:
            place = self.result[self._parts[other]]
            if len(place):
                self._pending.append(communicator.start_receive(place, other, self._tag))
        for other in others if len(own) else ():
            self._traffic.sent += own.nbytes
            self._pending.append(communicator.start_send(own, other, self._tag))

    def advance(self) -> None:
        """Let the engine make progress."""
        for each in self._pending:
            each.done()

    def total(self) -> Array:
        """Wait for the rows of all blocks, and return them; the array is used again."""
        before = perf_counter()
        for each in self._pending:
            each.wait()
        if self._pending:
            now = perf_counter()
            self._traffic.exchanges += 1
            self._traffic.waited += now - before
            self._traffic.in_flight += now - self._began
        self._pending.clear()
        return self.result
