"""The communicator of this process: that of its launcher, or of one process."""

from __future__ import annotations

import sys

from chainrule.distributed.communicator import Communicator
from chainrule.distributed.ending import end_all_on_errors, flush, leave_to_first
from chainrule.distributed.errors import DistributedError
from chainrule.distributed.launcher import launched_size
from chainrule.distributed.one_process import OneProcess
from chainrule.graph import once

_current: list[Communicator] = []


@once
def _launched() -> Communicator:
    """Return the communicator that the environment asks for."""
    size = launched_size()
    found: Communicator = OneProcess() if size is None else mpi_communicator(size)
    if found.size > 1:
        end_all_on_errors(found)
    _current.append(found)
    return found


def mpi_communicator(size: int | None = None) -> Communicator:
    """Return the communicator of MPI, also in a process that no launcher started.

    size  the number of processes that the launcher names; None if it is not known

    Raises DistributedError if mpi4py is missing, or was built for another MPI than the launcher's.
    """
    from chainrule.distributed.mpi import MPICommunicator

    made = MPICommunicator()
    if size is not None and made.size != size:
        raise DistributedError(
            f"The launcher started {size} processes, but mpi4py sees {made.size}: the launcher "
            "belongs to another MPI than the one that mpi4py was built for. Use the mpiexec of "
            f"the same installation as this Python, {sys.executable}."
        )
    return made


def communicator() -> Communicator:
    """Return the communicator of this process.

    In a process that a launcher started (mpiexec, Slurm), it connects all processes of the run; in
    any other one it is that of one process, and mpi4py is not imported.
    """
    return _current[-1] if _current else _launched()


def begin_to_end() -> None:
    """Give rank 0 the time to end the run, if it has the same error; name this rank otherwise."""
    if _current and _current[-1].size > 1:
        leave_to_first(_current[-1])


def end_others(code: int) -> None:
    """End all processes of the run at once, if there are several: the others would wait forever."""
    if _current and _current[-1].size > 1:
        flush()
        _current[-1].end_all(code)


def replace_communicator(new: Communicator) -> None:
    """Use another communicator from now on, such as one of fewer ranks."""
    _current[:] = [new]
