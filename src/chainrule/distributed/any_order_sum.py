"""Sums over blocks in the order that the engine chooses: faster, and not the same for all ranks."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from chainrule.distributed.blocks import Blocks
from chainrule.distributed.communicator import Communicator, Transfer
from chainrule.distributed.traffic import Traffic
from chainrule.graph import Array, DType


class AnyOrderSum:
    """One sum over all blocks of a batch: `push` of every own block, `start`, then `total`."""

    def __init__(
        self,
        communicator: Communicator,
        traffic: Traffic,
        blocks: Blocks,
        extent: int,
        dtype: DType,
    ) -> None:
        self._communicator, self._traffic = communicator, traffic
        self.result = np.zeros(extent, dtype)
        self._expected = len(blocks.owned(communicator.rank))
        self._pushed, self._began = 0, 0.0
        self._transfer: Transfer | None = None

    def push(self, parts: Sequence[Array]) -> None:
        """Add the term of the next own block."""
        start, is_first = 0, self._pushed == 0
        self._pushed += 1
        for each in parts:
            place = self.result[start : start + each.size]
            start += each.size
            if is_first:
                place[:] = each.reshape(-1)
            else:
                place += each.reshape(-1)

    @property
    def is_complete(self) -> bool:
        """Whether the terms of all own blocks were pushed."""
        return self._pushed == self._expected

    def start(self) -> None:
        """Start to add up over ranks."""
        self._began = perf_counter()
        if not self._expected:
            self.result[:] = 0
        if self._communicator.size > 1:
            self._traffic.sent += self.result.nbytes
            self._transfer = self._communicator.start_all_reduce(self.result)

    def advance(self) -> None:
        """Let the engine make progress."""
        if self._transfer is not None:
            self._transfer.done()

    def total(self) -> Array:
        """Wait for the sum over all blocks, and return it; the array is used again."""
        before = perf_counter()
        if self._transfer is not None:
            self._transfer.wait()
            now = perf_counter()
            self._traffic.exchanges += 1
            self._traffic.waited += now - before
            self._traffic.in_flight += now - self._began
        self._transfer, self._pushed = None, 0
        return self.result
