"""The communicator of a process that works alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.distributed.communicator import Operation
from chainrule.distributed.errors import DistributedError
from chainrule.distributed.patience import Patience
from chainrule.graph import Array


class Finished:
    """A transfer that was complete when it was started."""

    def done(self) -> bool:
        """Return True."""
        return True

    def wait(self) -> None:
        """Return at once."""


class _NoNotes:
    """Notes where there are no other ranks."""

    def send(self) -> None:
        """Do nothing: there is no other rank."""

    def senders(self) -> set[int]:
        """Return the empty set."""
        return set()

    def clear(self) -> None:
        """Forget nothing."""


class OneProcess:
    """The communicator of one process: sums have one term, and nothing is sent."""

    rank, size = 0, 1

    def __init__(self) -> None:
        self.lost: Sequence[str] = ()
        self.patience = Patience(0, 1, _NoNotes())

    def all_reduce(self, array: Array, operation: Operation = "sum") -> Array:
        """Return a copy of the array."""
        return np.array(array)

    def gather_rows(self, rows: Array) -> Array:
        """Return a copy of the rows."""
        return np.array(rows)

    def exchange_rows(self, rows: Array, counts: Sequence[int]) -> tuple[Array, Sequence[int]]:
        """Return a copy of the rows, and their number."""
        return np.array(rows), list(counts)

    def gather_objects(self, given: Any) -> list[Any]:
        """Return a list of the one object."""
        return [given]

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """Return a copy of the array."""
        return np.array(array)

    def broadcast_object(self, given: Any, root: int = 0) -> Any:
        """Return the object."""
        return given

    def barrier(self) -> None:
        """Return at once."""

    def confirm(self) -> None:
        """Return at once."""

    def survivors(self) -> OneProcess:
        """Return this communicator."""
        return self

    def start_all_reduce(self, array: Array) -> Finished:
        """Leave the array as it is."""
        return Finished()

    def start_send(self, array: Array, to: int, tag: int) -> Finished:
        """Raise DistributedError: there is no other process."""
        raise _alone("sent to", to)

    def start_receive(self, array: Array, source: int, tag: int) -> Finished:
        """Raise DistributedError: there is no other process."""
        raise _alone("awaited from", source)

    def end_all(self, code: int) -> None:
        """End this process."""
        sys.exit(code)


def _alone(what: str, rank: int) -> DistributedError:
    return DistributedError(
        f"An array was {what} rank {rank}, but this process works alone. Start several: mpiexec "
        "-n 4 python script.py."
    )
