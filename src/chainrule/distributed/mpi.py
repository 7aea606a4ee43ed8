"""The communicator of processes that MPI connects, by mpi4py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.distributed.communicator import Operation
from chainrule.distributed.errors import DistributedError
from chainrule.graph import Array

try:
    from mpi4py import MPI as engine
except ImportError as missing:
    import sys

    raise DistributedError(
        "This process was started by a launcher of MPI, but mpi4py cannot be imported by "
        f"{sys.executable}: {missing}. Install it there: pip install 'chainrule[mpi]'. Or start "
        "the Python that has it: mpiexec -n 4 /path/to/python script.py."
    ) from missing

_OPERATIONS = {"sum": engine.SUM, "max": engine.MAX, "min": engine.MIN}


class MPITransfer:
    """A request of MPI, with the array that it reads or writes."""

    def __init__(self, request: engine.Request, array: Array) -> None:
        self._request, self._array = request, array

    def done(self) -> bool:
        """Return whether the request is complete."""
        with engine_errors("A message"):
            return bool(self._request.Test())

    def wait(self) -> None:
        """Wait until the request is complete."""
        with engine_errors("A message"):
            self._request.Wait()


class MPICommunicator:
    """The communicator of processes that MPI connects.

    handle  the communicator of mpi4py; a duplicate of the one given, so that messages of others
            are never taken for ours. Its errors are raised as DistributedError
    """

    def __init__(self, given: engine.Comm | None = None) -> None:
        with engine_errors("The duplicate of a communicator"):
            self.handle: engine.Comm = (given or engine.COMM_WORLD).Dup()
            self.handle.Set_errhandler(engine.ERRORS_RETURN)
        self.rank, self.size = self.handle.Get_rank(), self.handle.Get_size()

    def all_reduce(self, array: Array, operation: Operation = "sum") -> Array:
        """Return the sum, maximum or minimum over all ranks, in the order that MPI chooses."""
        sent = np.ascontiguousarray(array)
        found = np.empty_like(sent)
        with engine_errors("all_reduce"):
            self.handle.Allreduce(sent, found, _OPERATIONS[operation])
        return found.reshape(np.shape(array))

    def gather_rows(self, rows: Array) -> Array:
        """Return the rows of all ranks, joined in the order of ranks."""
        rows = np.ascontiguousarray(rows)
        counts = self._gathered_counts(rows)
        found = np.empty((sum(counts), *rows.shape[1:]), rows.dtype)
        each = rows[:1].size if len(rows) else int(np.prod(rows.shape[1:]))
        with engine_errors("gather_rows"):
            self.handle.Allgatherv(rows, (found, [count * each for count in counts]))
        return found

    def _gathered_counts(self, rows: Array) -> Sequence[int]:
        found = np.empty(self.size, np.int64)
        with engine_errors("gather_rows"):
            self.handle.Allgather(np.array([len(rows)], np.int64), found)
        return [int(each) for each in found]

    def gather_objects(self, given: Any) -> list[Any]:
        """Return a Python object of every rank, in the order of ranks."""
        with engine_errors("gather_objects"):
            return list(self.handle.allgather(given))

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """Return the array of the rank `root`."""
        found = np.array(array, order="C")
        with engine_errors("broadcast"):
            self.handle.Bcast(found, root)
        return found

    def broadcast_object(self, given: Any, root: int = 0) -> Any:
        """Return the Python object of the rank `root`."""
        with engine_errors("broadcast_object"):
            return self.handle.bcast(given, root)

    def barrier(self) -> None:
        """Wait until every rank has called it."""
        with engine_errors("barrier"):
            self.handle.Barrier()

    def start_all_reduce(self, array: Array) -> MPITransfer:
        """Start to replace the array, in place, by the sum over all ranks."""
        with engine_errors("start_all_reduce"):
            return MPITransfer(self.handle.Iallreduce(engine.IN_PLACE, array), array)

    def start_send(self, array: Array, to: int, tag: int) -> MPITransfer:
        """Start to send an array."""
        with engine_errors("start_send"):
            return MPITransfer(self.handle.Isend(array, to, tag), array)

    def start_receive(self, array: Array, source: int, tag: int) -> MPITransfer:
        """Start to receive into an array."""
        with engine_errors("start_receive"):
            return MPITransfer(self.handle.Irecv(array, source, tag), array)

    def end_all(self, code: int) -> None:
        """End all processes at once with an exit code."""
        engine.COMM_WORLD.Abort(code)


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Raise errors of MPI in the block as DistributedError, with the name of the operation."""
    try:
        yield
    except engine.Exception as error:
        raise DistributedError(
            f"{what} failed in MPI: {error.Get_error_string()}. If other ranks ended, their "
            "messages say why."
        ) from error
