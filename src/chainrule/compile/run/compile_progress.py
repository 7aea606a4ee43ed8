"""One line on a terminal while a long compilation goes on."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SECONDS_WITHOUT = 1.0
_SECONDS_BETWEEN = 0.1


@dataclass(frozen=True)
class CompileProgress:
    """The progress of a compilation, for a user who waits at a terminal.

    called  the name of the function
    start   when the compilation began, as of `time.perf_counter`

    From the second second on, the standard error output shows how many kernels are ready, in a line
    that is removed at the end. Nothing is written where it is no terminal, or if the environment
    variable CHAINRULE_PROGRESS is "off".
    """

    called: str
    start: float

    @contextmanager
    def of(self, count: int) -> Iterator[Callable[[], None]]:
        """Yield the function to be called before each of `count` kernels is loaded."""
        if not _is_wanted():
            yield _nothing
            return
        line = _Line()
        ready, due = 0, self.start + _SECONDS_WITHOUT

        def next_kernel() -> None:
            nonlocal ready, due
            now = time.perf_counter()
            if now >= due:
                line.write(f"compiling {self.called}: {ready} of {count} kernels")
                due = now + _SECONDS_BETWEEN
            ready += 1

        try:
            yield next_kernel
        finally:
            line.write("")


class _Line:
    """The last line of the standard error output."""

    def __init__(self) -> None:
        self._written = ""

    def write(self, text: str) -> None:
        """Replace what this object has written."""
        if text or self._written:
            blank = " " * max(len(self._written) - len(text), 0)
            sys.stderr.write(f"\r{text}{blank}" + ("" if text else "\r"))
            sys.stderr.flush()
        self._written = text


def _is_wanted() -> bool:
    """Return whether there is a terminal, and progress is not turned off."""
    stream = sys.stderr
    return stream is not None and stream.isatty() and os.environ.get("CHAINRULE_PROGRESS") != "off"


def _nothing() -> None:
    """Show nothing."""
