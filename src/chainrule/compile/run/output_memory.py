"""Memory of large outputs, which a later call uses again once its result is dropped.

Fresh memory costs a page fault per page, which takes longer than most computations that fill it.
"""

from __future__ import annotations

import math
from sys import getrefcount

from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.arena import aligned
from chainrule.graph import DType, Shape, Tensor, float32

_LARGEST = 1 << 22
_KEPT = 2  # the result of the last call is often alive during the next one


class OutputMemory:
    """The memory of one output of a workspace; an output above 4 MB gets fresh memory each time."""

    def __init__(self, output: Tensor) -> None:
        self._shape, self._dtype = output.shape, output.dtype
        self._kept: list[Block] = []

    def take(self) -> Block:
        """Return a block whose array nobody else holds."""
        for block in self._kept:
            if getrefcount(block.memory) == _FREE and getrefcount(block.array) == _ALONE:
                return block
        return self._new()

    def _new(self) -> Block:
        """Return a new block, and keep it for later calls in place of the oldest one."""
        block = Block(self._shape, self._dtype)
        if block.array.nbytes <= _LARGEST:
            self._kept = [block, *self._kept][:_KEPT]
        return block


class Block:
    """An array in aligned memory.

    array    the array that is handed out
    memory   the bytes that the array, and every view of it, refers to
    address  where the array starts
    """

    def __init__(self, shape: Shape, dtype: DType) -> None:
        part = aligned(dtype.itemsize * math.prod(shape))
        self.array = part.view(dtype).reshape(shape)
        self.memory = self.array.base
        self.address = address_of(self.array)


_unused = Block((1,), float32)
_FREE, _ALONE = getrefcount(_unused.memory), getrefcount(_unused.array)
"""The numbers of references to the memory and the array of a block that nobody else holds."""
