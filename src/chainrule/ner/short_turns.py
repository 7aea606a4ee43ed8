"""Short turns of threads in Python, for programs in which one thread calls native code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def short_turns(seconds: float) -> Iterator[None]:
    """Let threads take turns in Python often, so that none waits long for the interpreter.

    seconds  of a turn; Python's own are ten to a hundred times as long as a native call
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
