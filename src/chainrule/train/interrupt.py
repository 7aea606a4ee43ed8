"""Ctrl-C: the run ends after the present step; a second one ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from chainrule.train.state.run import Run


@contextmanager
def stopping_on_interrupt(run: Run) -> Iterator[None]:
    """Take Ctrl-C as the wish to stop while the block runs.

    Only in the main thread, and only if nobody else handles it: elsewhere nothing changes.
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
