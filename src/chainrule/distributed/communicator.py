"""The communicator: what the processes of a run use to exchange arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from chainrule.distributed.patience import Patience
from chainrule.graph import Array

Operation = Literal["sum", "max", "min"]


class Transfer(Protocol):
    """A message or collective that was started and has not been awaited yet."""

    def done(self) -> bool:
        """Return whether it is complete; this also lets the engine make progress."""
        ...

    def wait(self) -> None:
        """Wait until it is complete: a sent array may be written again, a received one be read."""
        ...


class Communicator(Protocol):
    """The processes of a run, numbered by rank.

    Every rank calls the same collectives in the same order. Messages are matched by tag instead, so
    that they may be started in any order. Arrays are contiguous, and nobody writes an array that
    was sent, or reads one that is received, before `wait`.

    rank      the number of this process, from 0
    size      the number of processes
    lost      the ranks that were left behind when this communicator was made of `survivors`
    patience  waits for other ranks, up to a time limit
    """

    @property
    def rank(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def lost(self) -> Sequence[str]: ...
    @property
    def patience(self) -> Patience: ...

    def all_reduce(self, array: Array, operation: Operation = "sum") -> Array:
        """Return the sum, maximum or minimum over all ranks, element by element.

        The engine chooses the order in which terms are added; `rank_sums` has a fixed one.
        """
        ...

    def gather_rows(self, rows: Array) -> Array:
        """Return the rows (n, ...) of all ranks, joined in the order of ranks; n may differ."""
        ...

    def exchange_rows(self, rows: Array, counts: Sequence[int]) -> tuple[Array, Sequence[int]]:
        """Send the first `counts[0]` rows to rank 0, the next ones to rank 1, and so on.

        Returns the rows that all ranks sent to this one, in the order of ranks, and their numbers.
        """
        ...

    def gather_objects(self, given: Any) -> list[Any]:
        """Return a Python object of every rank, in the order of ranks."""
        ...

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """Return the array of the rank `root`; those of the others have its shape and dtype."""
        ...

    def broadcast_object(self, given: Any, root: int = 0) -> Any:
        """Return the Python object of the rank `root`."""
        ...

    def barrier(self) -> None:
        """Wait until every rank has called it."""
        ...

    def confirm(self) -> None:
        """Wait until every rank has called it; raises RanksLostError on all ranks or on none."""
        ...

    def survivors(self) -> Communicator:
        """Return the communicator of the ranks that are left after a RanksLostError.

        All of them call it. Raises RanksLostError if more ranks may have been left elsewhere.
        """
        ...

    def start_all_reduce(self, array: Array) -> Transfer:
        """Start to replace the array, in place, by the sum over all ranks."""
        ...

    def start_send(self, array: Array, to: int, tag: int) -> Transfer:
        """Start to send an array."""
        ...

    def start_receive(self, array: Array, source: int, tag: int) -> Transfer:
        """Start to receive into an array of the shape and dtype that are sent."""
        ...

    def end_all(self, code: int) -> None:
        """End all processes at once with an exit code."""
        ...
