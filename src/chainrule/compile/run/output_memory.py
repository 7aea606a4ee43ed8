"""Memory of large outputs, which a later call uses again once its result is dropped.

Fresh memory costs a page fault per page, which takes longer than most computations that fill it.
"""

from __future__ import annotations

from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.arena import aligned
from chainrule.graph import ALONE, Array, Tensor, references

_LARGEST = 1 << 22
_FREE = ALONE + 1  # a block refers to its memory twice
_KEPT = 2  # the result of the last call is often alive during the next one


class OutputMemory:
    """The memory of one output of a workspace; an output above 4 MB gets fresh memory each time."""

    def __init__(self, output: Tensor) -> None:
        self._nbytes, self._dtype = output.nbytes, output.dtype
        self._kept: list[_Block] = []

    def take(self) -> tuple[Array, int]:
        """Return an array that nobody else holds, flat and uninitialised, and its address."""
        for block in self._kept:
            if references((block,)) == _FREE:
                break
        else:
            block = self._new()
        return block.part.view(self._dtype), block.address

    def _new(self) -> _Block:
        """Return a new block, and keep it for later calls in place of the oldest one."""
        block = _Block(self._nbytes)
        if self._nbytes <= _LARGEST:
            self._kept = [block, *self._kept][:_KEPT]
        return block


class _Block:
    """Aligned memory. NumPy makes every view of it refer to the array `_value`."""

    def __init__(self, nbytes: int) -> None:
        self.part = aligned(nbytes)
        self._value = self.part.base
        self.address = address_of(self.part)
