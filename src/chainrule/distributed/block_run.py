"""The block under way: what gates that concern all blocks of a batch need to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from chainrule.graph import Array


class Step(Protocol):
    """A step on one batch, which receives what its blocks compute."""

    def take(self, item: Any, block: int, arrays: Sequence[Array]) -> None:
        """Take in a part of the results of a block."""
        ...

    def summed(self, number: int, block: int, array: Array) -> Array:
        """Return the sum over the blocks of the batch, once all have given their arrays."""
        ...


class BlockRun:
    """The run of one block of a batch.

    step   the step it belongs to
    block  the number of the block
    """

    def __init__(self, step: Step, block: int) -> None:
        self.step, self.block = step, block
        self._sums = 0

    def next_number(self) -> int:
        """Return the number of the next sum over blocks; it is the same in every block."""
        self._sums += 1
        return self._sums - 1


_current: ContextVar[BlockRun | None] = ContextVar("block", default=None)

current_run = _current.get
"""Return the run of the block under way; None outside of blocks."""


@contextmanager
def running(run: BlockRun) -> Iterator[None]:
    """Run the block inside the `with` block."""
    token = _current.set(run)
    try:
        yield
    finally:
        _current.reset(token)


class _Alone:
    """A step of one process: there is nothing to add up."""

    def take(self, item: Any, block: int, arrays: Sequence[Array]) -> None:
        """Take in nothing."""

    def summed(self, number: int, block: int, array: Array) -> Array:
        """Return the array, which is the only term."""
        return array


@contextmanager
def alone() -> Iterator[None]:
    """Compute without the other ranks in the block: sums over ranks have one term."""
    with running(BlockRun(_Alone(), 0)):
        yield
