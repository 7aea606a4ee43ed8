"""Rows that are dealt to ranks in turn: row i is on rank i modulo the number of ranks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.distributed.communicator import Communicator
from chainrule.graph import Array, RangeError

_AT_ONCE = 1 << 22  # bytes of rows that all ranks see at the same time


@dataclass(frozen=True)
class DealtRows:
    """Which rank holds which of `count` rows, and the exchange of rows by their ids."""

    between: Communicator
    count: int

    @property
    def own(self) -> range:
        """The ids of the rows of this rank."""
        return range(self.between.rank, self.count, self.between.size)

    def checked(self, ids: Any) -> Array:
        """Return ids as an array of one axis; raise RangeError for those outside the table."""
        found = np.asarray(ids).reshape(-1)
        if found.size and not 0 <= int(found.min()) <= int(found.max()) < self.count:
            raise RangeError(
                f"Rows {int(found.min())} to {int(found.max())} of a sharded table were asked for, "
                f"but it has {self.count}: ids run from 0 to {self.count - 1}."
            )
        return found.astype(np.int64)

    def fetched(self, ids: Array, own: Array) -> Array:
        """Return the rows at `ids` (n,), of all ranks; `own` are those of this rank.

        Equal ids are asked for once.
        """
        wanted, places = np.unique(ids, return_inverse=True)
        order, counts = self._by_owner(wanted)
        asked, numbers = self.between.exchange_rows(wanted[order], counts)
        received, _ = self.between.exchange_rows(own[asked // self.between.size], numbers)
        rows = np.empty((len(wanted), *own.shape[1:]), own.dtype)
        rows[order] = received
        return rows[places]

    def sent(self, ids: Array, rows: Array) -> tuple[Array, Array]:
        """Send each of `rows` (n, ...) to the rank that holds its id.

        Returns the rows that arrive here, in the order of ranks and then as they were given, and
        their places among the own rows.
        """
        order, counts = self._by_owner(ids)
        arrived, _ = self.between.exchange_rows(ids[order], counts)
        found, _ = self.between.exchange_rows(rows[order], counts)
        return found, arrived // self.between.size

    def _by_owner(self, ids: Array) -> tuple[Array, Any]:
        """Return the order that sorts ids by their ranks, and how many each rank holds."""
        owners = ids % self.between.size
        return np.argsort(owners, kind="stable"), np.bincount(owners, minlength=self.between.size)

    def blocks(self, own: Array) -> Iterator[Array]:
        """Yield the rows of all ranks in order, in blocks of a few megabytes, on every rank."""
        size, row = self.between.size, max(1, own[:1].nbytes)
        each = max(1, _AT_ONCE // (row * size))  # rows of one rank
        for first in range(0, self.count, each * size):
            extent = min(each * size, self.count - first)
            mine = own[first // size : first // size + each]
            joined, start = self.between.gather_rows(mine), 0
            block = np.empty((extent, *own.shape[1:]), own.dtype)
            for rank in range(size):
                place = block[rank::size]
                place[:] = joined[start : start + len(place)]
                start += len(place)
            yield block
