"""Ctrl-C: the first ends the run after the current step, the second ends it immediately."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from chainrule.train.state.run import Run


@contextmanager
def stopping_on_interrupt(run: Run) -> Iterator[None]:
    """Make Ctrl-C stop the run after its current step while the block runs.

    Only in the main thread, and only if no other handler is installed.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if run.interrupted:
            signal.default_int_handler(number, frame)
        run.interrupt()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
