"""The end of a run on several processes: an error on one rank ends all, with one message."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from chainrule.distributed.communicator import Communicator

_FIRST = 2.0  # seconds that a rank leaves to those before it, which may have the same error


def end_all_on_errors(communicator: Communicator) -> None:
    """Make an exception that nothing catches end all processes, after its traceback is printed.

    The others would wait for this rank forever. All ranks may have the same error at the same
    moment: rank 0 prints it at once and ends the others, which wait before they print theirs.
    """
    shown = sys.excepthook

    def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        leave_to_first(communicator)
        shown(kind, error, trace)
        flush()
        communicator.end_all(1)

    sys.excepthook = end


def leave_to_first(communicator: Communicator) -> None:
    """Give rank 0 the time to end this process, if it has the same error; then name this rank."""
    if communicator.rank:
        time.sleep(_FIRST)
        print(f"Rank {communicator.rank} of {communicator.size}:", file=sys.stderr)


def flush() -> None:
    """Write what waits in the output streams, before the process ends without notice."""
    sys.stdout.flush()
    sys.stderr.flush()
