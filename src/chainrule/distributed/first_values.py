"""Arrays of block 0, which count for all blocks: the state of streams, and counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.distributed.communicator import Communicator, Transfer
from chainrule.distributed.items import OfFirst
from chainrule.distributed.traffic import Traffic
from chainrule.graph import Array


class FirstValues:
    """The arrays of block 0: `put` of every own block, `start`, then `total`; rank 0 sends them."""

    def __init__(
        self, communicator: Communicator, traffic: Traffic, item: OfFirst, tag: int
    ) -> None:
        self._communicator, self._traffic, self._tag = communicator, traffic, tag
        pairs = zip(item.shapes, item.dtypes, strict=True)
        self.result = [np.empty(shape, dtype) for shape, dtype in pairs]
        self._pending: list[Transfer] = []

    def put(self, block: int, arrays: Sequence[Array]) -> None:
        """Store the arrays if they are those of block 0."""
        if block == 0:
            for place, each in zip(self.result, arrays, strict=True):
                place[...] = each

    def start(self) -> None:
        """Start to send the arrays, or to receive them."""
        communicator = self._communicator
        for each in self.result:
            if communicator.rank:
                self._pending.append(communicator.start_receive(each, 0, self._tag))
                continue
            for other in range(1, communicator.size):
                self._traffic.sent += each.nbytes
                self._pending.append(communicator.start_send(each, other, self._tag))

    def advance(self) -> None:
        """Let the engine make progress."""
        for each in self._pending:
            each.done()

    def total(self) -> list[Array]:
        """Wait for the arrays of block 0, and return them; they are used again."""
        for each in self._pending:
            each.wait()
        self._pending.clear()
        return self.result
