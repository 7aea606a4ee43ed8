"""The results of the blocks of a batch, reduced over all blocks of all ranks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from chainrule.distributed.any_order_sum import AnyOrderSum
from chainrule.distributed.blocks import Blocks
from chainrule.distributed.communicator import Communicator
from chainrule.distributed.errors import DistributedError
from chainrule.distributed.first_values import FirstValues
from chainrule.distributed.items import Item, Key, OfFirst, Rows, Summed
from chainrule.distributed.rendezvous import Rendezvous
from chainrule.distributed.row_gathering import GatheredRows
from chainrule.distributed.row_gradients import JoinedRows, SummedTable, is_shorter_whole
from chainrule.distributed.traffic import Traffic
from chainrule.distributed.tree_sum import Buffers, TreeSum
from chainrule.graph import Array, DType

_TAGS = 8  # tags of one item
_SUMS = 1 << 14  # the first tag of sums inside of blocks


class Exchange(Protocol):
    """One exchange of results of all blocks."""

    def put(self, block: int, arrays: Sequence[Array]) -> None: ...
    def start(self) -> None: ...
    def advance(self) -> None: ...
    def total(self) -> Any: ...


class Reductions:
    """The exchanges of batches of one signature: all of them have the same blocks and items.

    blocks   the blocks of a batch
    fixed    whether sums have the order of the summation tree
    buffers  memory of sums, which batches of other signatures use too

    In the first step the exchanges begin after all blocks, once all ranks know what the blocks of
    the others compute. From then on each begins as soon as its last own block is ready.
    """

    def __init__(
        self,
        communicator: Communicator,
        traffic: Traffic,
        blocks: Blocks,
        fixed: bool,
        buffers: Buffers,
    ) -> None:
        self._communicator, self._traffic, self._fixed = communicator, traffic, fixed
        self._buffers = buffers
        self.blocks, self._own = blocks, blocks.owned(communicator.rank)
        self._lock = threading.RLock()
        self._items: dict[int, Item] = {}
        self._exchanges: dict[int, Exchange] = {}
        self._counts: dict[int, dict[int, int]] = {}
        self._inner: dict[int, TreeSum] = {}
        self._known = False
        self._rendezvous: Rendezvous | None = None
        self._given: dict[int, dict[int, list[Array]]] = {}
        self._next: dict[int, int] = {}
        self._started = 0

    def run(self, run: Callable[[int], None]) -> Mapping[Key, Any]:
        """Run the own blocks of a batch, and return what all blocks give, by key.

        run  runs a block by its number

        Arrays are used again in the next step.
        """
        self._given, self._started = {}, 0
        self._next = dict.fromkeys(self._items, 0)
        self._rendezvous = Rendezvous(self._own, run, self._sum_inside)
        self._rendezvous.run_all()
        if not self._known:
            self._agree()
        self._start_ready()
        found: dict[Key, Any] = {}
        for number in sorted(self._items):
            found |= _by_key(self._items[number], self._exchanges[number].total())
        return found

    def take(self, item: Item, block: int, arrays: Sequence[Array]) -> None:
        """Take in results of an own block; called by its start gates."""
        with self._lock:
            if not self._known:
                self._note(item, block, arrays)
            given = self._given.setdefault(item.number, {})
            place = self._next.setdefault(item.number, 0)
            if self._known and self._own[place] == block:
                self._put(item.number, block, arrays)
            else:  # blocks run at once, or the other ranks do not know of the item yet
                given[block] = [np.array(each) for each in arrays]
            if self._known:
                self._start_ready()

    def summed(self, number: int, block: int, array: Array) -> Array:
        """Return the sum over all blocks, once all have given their arrays."""
        assert self._rendezvous is not None
        return self._rendezvous.summed(number, block, array)

    def _put(self, number: int, block: int, arrays: Sequence[Array]) -> None:
        """Give results to their exchange, and those of later blocks that waited for them."""
        given = self._given.setdefault(number, {})
        self._exchanges[number].put(block, arrays)
        self._next[number] += 1
        while self._next[number] < len(self._own):
            later = self._own[self._next[number]]
            if later not in given:
                break
            self._exchanges[number].put(later, given.pop(later))
            self._next[number] += 1

    def _start_ready(self) -> None:
        """Start the exchanges to which all own blocks have given, in the order of their numbers."""
        while self._started < len(self._items):
            number = sorted(self._items)[self._started]
            if self._next.get(number, 0) < len(self._own):
                break
            self._exchanges[number].start()
            self._started += 1
        for number in sorted(self._items)[: self._started]:
            self._exchanges[number].advance()

    # -- the first step --------------------------------------------------------------------------

    def _note(self, item: Item, block: int, arrays: Sequence[Array]) -> None:
        known = self._items.setdefault(item.number, item)
        if known != item:
            raise _differ(known, item)
        if isinstance(item, Rows):
            self._counts.setdefault(item.number, {})[block] = int(arrays[1].size)

    def _agree(self) -> None:
        """Make the exchanges that the blocks of all ranks need, and give them what waits."""
        for items, counts in self._communicator.gather_objects((self._items, self._counts)):
            for number, item in items.items():
                if self._items.setdefault(number, item) != item:
                    raise _differ(self._items[number], item)
            for number, by_block in counts.items():
                self._counts.setdefault(number, {}).update(by_block)
        for number, item in self._items.items():
            self._exchanges[number] = self._exchange(item)
            self._next[number] = 0
            given = self._given.get(number, {})
            for block in self._own:
                self._exchanges[number].put(block, given.pop(block))
                self._next[number] += 1
        self._known = True

    def _exchange(self, item: Item) -> Exchange:
        tag = item.number * _TAGS
        if isinstance(item, OfFirst):
            return FirstValues(self._communicator, self._traffic, item, tag)
        if isinstance(item, Summed):
            return _Bucket(self._sum(sum(item.extents), item.dtype, tag))
        counts = [self._counts[item.number][each] for each in range(self.blocks.count)]
        rows, ids = item.dtypes
        row = item.table[1:]
        if is_shorter_whole(item, sum(counts)):
            whole = self._sum(int(np.prod(item.table)), rows, tag)
            kept = self._gathered(counts, (), ids, tag + 3) if item.keeps else None
            return SummedTable(item, whole, kept)
        gathered = self._gathered(counts, row, rows, tag + 2)
        return JoinedRows(gathered, self._gathered(counts, (), ids, tag + 3))

    def _sum(self, extent: int, dtype: DType, tag: int) -> TreeSum | AnyOrderSum:
        if self._fixed:
            return TreeSum(
                self._communicator,
                self._traffic,
                self.blocks,
                extent,
                dtype,
                tag,
                buffers=self._buffers,
            )
        return AnyOrderSum(self._communicator, self._traffic, self.blocks, extent, dtype)

    def _gathered(
        self, counts: Sequence[int], row: tuple[int, ...], dtype: DType, tag: int
    ) -> GatheredRows:
        return GatheredRows(self._communicator, self._traffic, self.blocks, counts, row, dtype, tag)

    # -- sums inside of blocks -------------------------------------------------------------------

    def _sum_inside(self, number: int, terms: Sequence[Array]) -> Array:
        """Return a sum over all blocks, between the ranks that have blocks."""
        ranks = min(self.blocks.count, self._communicator.size)
        if number not in self._inner:
            extent, dtype, tag = terms[0].size, terms[0].dtype, _SUMS + 2 * number
            self._inner[number] = TreeSum(
                self._communicator, self._traffic, self.blocks, extent, dtype, tag, ranks
            )
        total = self._inner[number]
        for each in terms:
            total.push([each])
        total.start()
        return np.array(total.total()).reshape(terms[0].shape)


class _Bucket:
    """A sum of several arrays, joined."""

    def __init__(self, total: TreeSum | AnyOrderSum) -> None:
        self._sum = total
        self.start, self.advance, self.total = total.start, total.advance, total.total

    def put(self, block: int, arrays: Sequence[Array]) -> None:
        """Add the term of an own block; blocks come in order."""
        self._sum.push(arrays)


def _by_key(item: Item, total: Any) -> dict[Key, Any]:
    """Return the parts of a result by their keys."""
    if isinstance(item, Rows):
        return {item.key: total}
    if isinstance(item, OfFirst):
        return dict(zip(item.keys, total, strict=True))
    found, start = {}, 0
    for key, shape, extent in zip(item.keys, item.shapes, item.extents, strict=True):
        found[key] = total[start : start + extent].reshape(shape)
        start += extent
    return found


def _differ(known: Item, other: Item) -> DistributedError:
    return DistributedError(
        f"The blocks of one batch compute different things: {known} and {other}. The loss must "
        "depend on the same parameters in every part of a batch, whatever its number of examples."
    )
