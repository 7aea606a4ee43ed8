"""The gradient of a table that was looked up: sent as rows with their ids, or as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.distributed.any_order_sum import AnyOrderSum
from chainrule.distributed.items import Rows
from chainrule.distributed.row_gathering import GatheredRows
from chainrule.distributed.tree_sum import TreeSum
from chainrule.graph import Array, compute
from chainrule.ops import ADD_ROWS


@dataclass(frozen=True)
class RowGradient:
    """The gradient of a table over all blocks.

    rows, ids  its rows (n, ...) at ids (n,), of which equal ones add up; None for
    whole      the gradient of the whole table
    """

    rows: Array | None = None
    ids: Array | None = None
    whole: Array | None = None


def is_shorter_whole(item: Rows, count: int) -> bool:
    """Return whether the whole gradient is fewer bytes than its rows with their ids.

    count  the rows of all blocks

    Sums travel twice, to the rank that adds them up and back. The choice does not depend on the
    number of ranks.
    """
    rows, ids = item.dtypes
    row = int(np.prod(item.table[1:])) * rows.itemsize
    return count * (row + ids.itemsize) > 2 * item.table[0] * row


class JoinedRows:
    """The gradient as rows of all blocks, in their order."""

    def __init__(self, rows: GatheredRows, ids: GatheredRows) -> None:
        self._parts = (rows, ids)

    def put(self, block: int, arrays: Sequence[Array]) -> None:
        """Store rows and ids of an own block."""
        for part, each in zip(self._parts, arrays, strict=True):
            part.put(block, each.reshape(-1, *part.result.shape[1:]))

    def start(self) -> None:
        """Start to exchange them."""
        for each in self._parts:
            each.start()

    def advance(self) -> None:
        """Let the engine make progress."""
        for each in self._parts:
            each.advance()

    def total(self) -> RowGradient:
        """Wait for the rows of all blocks, and return them."""
        rows, ids = (each.total() for each in self._parts)
        return RowGradient(rows, ids)


class SummedTable:
    """The gradient as a whole, added up over blocks; rows are read from it where they are wanted.

    ids  gathers the ids, None if only the whole is wanted
    """

    def __init__(self, item: Rows, total: TreeSum | AnyOrderSum, ids: GatheredRows | None) -> None:
        self._item, self._sum, self._ids = item, total, ids

    def put(self, block: int, arrays: Sequence[Array]) -> None:
        """Add the gradient of an own block; blocks come in order."""
        rows, ids = arrays
        flat = rows.reshape(-1, *self._item.table[1:])
        options = {"size": self._item.table[0], "axis": 0}
        self._sum.push([compute(ADD_ROWS, [flat, ids.reshape(-1)], options)])
        if self._ids is not None:
            self._ids.put(block, ids.reshape(-1))

    def start(self) -> None:
        """Start to exchange it."""
        self._sum.start()
        if self._ids is not None:
            self._ids.start()

    def advance(self) -> None:
        """Let the engine make progress."""
        self._sum.advance()

    def total(self) -> RowGradient:
        """Wait for the sum over all blocks, and return it."""
        whole = self._sum.total().reshape(self._item.table)
        if self._ids is None:
            return RowGradient(whole=whole)
        ids = self._ids.total()
        rows = np.zeros((len(ids), *whole.shape[1:]), whole.dtype)
        _, first = np.unique(ids, return_index=True)
        rows[first] = whole[ids[first]]
        return RowGradient(rows, ids)
