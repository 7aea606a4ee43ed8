"""The communicator of processes that MPI connects, by mpi4py."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.distributed.communicator import Operation
from chainrule.distributed.errors import DistributedError, RanksLostError
from chainrule.distributed.launcher import detect_lost_hosts
from chainrule.distributed.patience import TIME_LIMIT, Patience
from chainrule.distributed.quorum import may_go_on
from chainrule.graph import Array

detect_lost_hosts()
try:
    from mpi4py import MPI as engine
except ImportError as missing:
    import sys

    raise DistributedError(
        "This process was started by a launcher of MPI, but mpi4py cannot be imported by "
        f"{sys.executable}: {missing}. Install it there: pip install 'chainrule[mpi]'. Or start "
        "the Python that has it: mpiexec -n 4 /path/to/python script.py."
    ) from missing

_LOST = (engine.ERR_PROC_FAILED, engine.ERR_PROC_FAILED_PENDING, engine.ERR_REVOKED)
_ABORT = 5.0  # seconds in which the launcher may end a process that asked it to
_OPERATIONS = {"sum": engine.SUM, "max": engine.MAX, "min": engine.MIN}


class MPITransfer:
    """A request of MPI, with the array that it reads or writes."""

    def __init__(
        self, owner: MPICommunicator, request: engine.Request, array: Array, what: str
    ) -> None:
        self._owner, self._request, self._array, self._what = owner, request, array, what

    def done(self) -> bool:
        """Return whether the request is complete."""
        with self._owner.errors(self._what):
            return bool(self._request.Test())

    def wait(self) -> None:
        """Wait until the request is complete, up to the time limit."""
        with self._owner.errors(self._what):
            self._owner.patience.wait(self.done, self._what)


class WaitingNotes:
    """Notes of ranks that wait, as messages of a communicator of their own."""

    def __init__(self, given: engine.Comm) -> None:
        self._handle = given
        self._sent: list[engine.Request] = []
        self._found: set[int] = set()

    def send(self) -> None:
        """Tell all other ranks that this one waits."""
        note = np.zeros(1, np.uint8)
        for each in range(self._handle.Get_size()):
            if each != self._handle.Get_rank():
                self._sent.append(self._handle.Isend(note, each, 0))

    def senders(self) -> set[int]:
        """Return the ranks whose notes have arrived."""
        state, note = engine.Status(), np.empty(1, np.uint8)
        while self._handle.Iprobe(engine.ANY_SOURCE, 0, state):
            self._handle.Recv(note, state.Get_source(), 0)
            self._found.add(state.Get_source())
        return self._found

    def clear(self) -> None:
        """Forget the notes that have arrived."""
        self.senders()
        self._found.clear()


class MPICommunicator:
    """The communicator of processes that MPI connects.

    handle      the communicator of mpi4py; a duplicate of the one given, so that messages of others
                are never taken for ours. Its errors are raised as DistributedError
    lost        the ranks that were left behind when this communicator was made of `survivors`
    patience    waits for the other ranks, up to a time limit
    """

    def __init__(self, given: engine.Comm | None = None, limit: float | None = TIME_LIMIT) -> None:
        with engine_errors("The duplicate of a communicator"):
            self.handle: engine.Comm = (given or engine.COMM_WORLD).Dup()
            self.handle.Set_errhandler(engine.ERRORS_RETURN)
            notes = self.handle.Dup()
            notes.Set_errhandler(engine.ERRORS_RETURN)
        self.lost: Sequence[str] = ()
        self.rank, self.size = self.handle.Get_rank(), self.handle.Get_size()
        self.patience = Patience(self.rank, self.size, WaitingNotes(notes), limit)
        self.hosts: Sequence[str] = self.gather_objects(engine.Get_processor_name())

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Raise errors of MPI in the block as DistributedError; those of lost ranks name them."""
        try:
            yield
        except engine.Exception as error:
            if error.Get_error_class() in _LOST:
                raise self._lost(what) from error
            raise _failed(what, error) from error

    def _lost(self, what: str) -> RanksLostError:
        failed = self.handle.Get_failed()
        numbers = engine.Group.Translate_ranks(failed, None, self.handle.Get_group())
        named = ", ".join(f"rank {each} on {self.hosts[each]}" for each in sorted(numbers))
        return RanksLostError(
            f"{what} failed: {named or 'a rank'} ended or cannot be reached.",
            sorted(numbers),
        )

    def survivors(self) -> MPICommunicator:
        """Return the communicator of the ranks that are left after a failure.

        All of them call it; those that still wait for a lost rank get a RanksLostError first. Ranks
        that are lost meanwhile are left out too. Raises RanksLostError if more ranks may have been
        left elsewhere; see `quorum`.
        """
        with self.errors("The search for survivors"):
            if not self.handle.Is_revoked():
                self.handle.Revoke()
            while (made := self._connected(self.handle.Shrink())) is None:
                pass
        return made

    def _connected(self, left: engine.Comm) -> MPICommunicator | None:
        """Return the communicator of ranks that are left; None, on all, if one was lost since."""
        gone = self._require_quorum(left)
        made = None
        try:
            left.Set_errhandler(engine.ERRORS_RETURN)
            made = MPICommunicator(left, self.patience.limit)
            made.lost = [f"rank {each} on {self.hosts[each]}" for each in gone]
        except DistributedError:
            left.Revoke()
        try:
            return made if left.Agree(int(made is not None)) else None
        except engine.Exception:
            return None

    def _require_quorum(self, left: engine.Comm) -> Sequence[int]:
        """Return the lost ranks; raise RanksLostError if the others may go on without this one."""
        numbers = engine.Group.Translate_ranks(left.Get_group(), None, self.handle.Get_group())
        gone = [each for each in range(self.size) if each not in numbers]
        if may_go_on(self.hosts, numbers):
            return gone
        raise RanksLostError(
            f"This rank reaches {len(numbers)} of {self.size} ranks, and the others may go on "
            f"without it: ranks {', '.join(map(str, gone))} cannot be reached. See whether the "
            "network works, then start the run again from its checkpoint.",
            gone,
        )

    def confirm(self) -> None:
        """Wait until every rank has called it; raises RanksLostError on all ranks or on none."""
        with self._waiting("The end of a run") as started:
            started(self.handle.Iagree(np.ones(1, np.int32)))

    def all_reduce(self, array: Array, operation: Operation = "sum") -> Array:
        """Return the sum, maximum or minimum over all ranks, in the order that MPI chooses."""
        sent = np.ascontiguousarray(array)
        found = np.empty_like(sent)
        with self._waiting("all_reduce") as started:
            started(self.handle.Iallreduce(sent, found, _OPERATIONS[operation]))
        return found.reshape(np.shape(array))

    def gather_rows(self, rows: Array) -> Array:
        """Return the rows of all ranks, joined in the order of ranks."""
        rows = np.ascontiguousarray(rows)
        counts = self._gathered_counts(rows)
        found = np.empty((sum(counts), *rows.shape[1:]), rows.dtype)
        each = int(np.prod(rows.shape[1:]))
        with self._waiting("gather_rows") as started:
            started(self.handle.Iallgatherv(rows, (found, [count * each for count in counts])))
        return found

    def _gathered_counts(self, rows: Array) -> Sequence[int]:
        own, found = np.array([len(rows)], np.int64), np.empty(self.size, np.int64)
        with self._waiting("gather_rows") as started:
            started(self.handle.Iallgather(own, found))
        return [int(each) for each in found]

    def exchange_rows(self, rows: Array, counts: Sequence[int]) -> tuple[Array, Sequence[int]]:
        """Send the first `counts[0]` rows to rank 0, the next ones to rank 1, and so on.

        Returns the rows that all ranks sent to this one, in the order of ranks, and their numbers.
        """
        rows = np.ascontiguousarray(rows)
        sent, received = np.array(counts, np.int64), np.empty(self.size, np.int64)
        with self._waiting("exchange_rows") as started:
            started(self.handle.Ialltoall(sent, received))
        found = np.empty((int(received.sum()), *rows.shape[1:]), rows.dtype)
        each = int(np.prod(rows.shape[1:]))
        with self._waiting("exchange_rows") as started:
            parts = (rows, (sent * each).tolist()), (found, (received * each).tolist())
            started(self.handle.Ialltoallv(*parts))
        return found, received.tolist()

    def gather_objects(self, given: Any) -> list[Any]:
        """Return a Python object of every rank, in the order of ranks."""
        own = np.frombuffer(pickle.dumps(given), np.uint8)
        counts = self._gathered_counts(own)
        joined = self.gather_rows(own)
        ends = np.cumsum(counts)
        parts = zip(ends - counts, ends, strict=True)
        return [pickle.loads(joined[first:end].tobytes()) for first, end in parts]

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """Return the array of the rank `root`."""
        found = np.array(array, order="C")
        with self._waiting("broadcast") as started:
            started(self.handle.Ibcast(found, root))
        return found

    def broadcast_object(self, given: Any, root: int = 0) -> Any:
        """Return the Python object of the rank `root`."""
        is_root = self.rank == root
        sent = np.frombuffer(pickle.dumps(given if is_root else None), np.uint8)
        extent = self.broadcast(np.array(len(sent)), root)
        found = self.broadcast(sent if is_root else np.empty(int(extent), np.uint8), root)
        return given if is_root else pickle.loads(found.tobytes())

    def barrier(self) -> None:
        """Wait until every rank has called it."""
        with self._waiting("barrier") as started:
            started(self.handle.Ibarrier())

    @contextmanager
    def _waiting(self, what: str) -> Iterator[Any]:
        """Wait for the request that is handed over in the block."""
        requests: list[engine.Request] = []
        with self.errors(what):
            yield requests.append
            for each in requests:
                self.patience.wait(each.Test, what)

    def start_all_reduce(self, array: Array) -> MPITransfer:
        """Start to replace the array, in place, by the sum over all ranks."""
        with self.errors("start_all_reduce"):
            request = self.handle.Iallreduce(engine.IN_PLACE, array)
        return MPITransfer(self, request, array, "A sum over all ranks")

    def start_send(self, array: Array, to: int, tag: int) -> MPITransfer:
        """Start to send an array."""
        with self.errors("start_send"):
            request = self.handle.Isend(array, to, tag)
        return MPITransfer(self, request, array, f"A message to rank {to}")

    def start_receive(self, array: Array, source: int, tag: int) -> MPITransfer:
        """Start to receive into an array."""
        with self.errors("start_receive"):
            request = self.handle.Irecv(array, source, tag)
        return MPITransfer(self, request, array, f"A message from rank {source}")

    def end_all(self, code: int) -> None:
        """End all processes at once with an exit code."""
        # The launcher may be on the other side of a link that is cut.
        late = threading.Timer(_ABORT, os._exit, (code,))
        late.daemon = True
        late.start()
        engine.COMM_WORLD.Abort(code)


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Raise errors of MPI in the block as DistributedError, with the name of the operation."""
    try:
        yield
    except engine.Exception as error:
        raise _failed(what, error) from error


def _failed(what: str, error: engine.Exception) -> DistributedError:
    return DistributedError(
        f"{what} failed in MPI: {error.Get_error_string()}. If other ranks ended, their messages "
        "say why."
    )
