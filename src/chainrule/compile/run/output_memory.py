"""Memory of large outputs, which a later call uses again once its result is dropped.

Fresh memory costs a page fault per page, which takes longer than most computations that fill it.
"""

from __future__ import annotations

import math
from sys import getrefcount

from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.arena import aligned
from chainrule.graph import Array, DType, Shape, Tensor, float32

_LARGEST = 1 << 22
_KEPT = 2  # the result of the last call is often alive during the next one


class OutputMemory:
    """The memory of one output of a workspace; an output above 4 MB gets fresh memory each time."""

    def __init__(self, output: Tensor) -> None:
        self._shape, self._dtype = output.shape, output.dtype
        self._kept: list[_Block] = []

    def take(self) -> tuple[Array, int]:
        """Return an array of the output's form that nobody else holds, and its address."""
        for block in self._kept:
            if getrefcount(block.memory) == _FREE:
                return block.array.view(), block.address
        block = self._new()
        return block.array.view(), block.address

    def _new(self) -> _Block:
        """Return a new block, and keep it for later calls in place of the oldest one."""
        block = _Block(self._shape, self._dtype)
        if block.array.nbytes <= _LARGEST:
            self._kept = [block, *self._kept][:_KEPT]
        return block


class _Block:
    """An array in aligned memory. NumPy makes every view of it refer to `memory`."""

    def __init__(self, shape: Shape, dtype: DType) -> None:
        part = aligned(dtype.itemsize * math.prod(shape))
        self.array = part.view(dtype).reshape(shape)
        self.memory = self.array.base
        self.address = address_of(self.array)


_unused = _Block((1,), float32)
_FREE = getrefcount(_unused.memory)
"""The number of references to the memory of a block of which no view is alive."""
