"""How long a rank waits for others, and how the one that all others wait for is found.

A rank that has waited for half of its time limit sends all others a note. When the limit is over,
the ranks from which no note has come are those that hang, or that compute for too long.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from chainrule.distributed.errors import RanksSilentError

TIME_LIMIT = 600.0
_AT_ONCE = 50  # questions without a pause
_YIELDING = 1e-3  # seconds of questions between which other processes may run
_PAUSE = 1e-4


class Notes(Protocol):
    """Notes of ranks that wait."""

    def send(self) -> None:
        """Send a note to all other ranks: this one waits."""
        ...

    def senders(self) -> set[int]:
        """Return the ranks whose notes have come since this rank began to wait."""
        ...

    def clear(self) -> None:
        """Forget the notes that have arrived."""
        ...


class Patience:
    """Waits for messages, up to a time limit.

    limit  seconds, None for no limit
    """

    def __init__(self, rank: int, size: int, notes: Notes, limit: float | None = TIME_LIMIT):
        self._rank, self._size, self._notes = rank, size, notes
        self.limit = limit

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """Wait as long as it takes in the block, such as while rank 0 evaluates."""
        limit, self.limit = self.limit, None
        try:
            yield
        finally:
            self.limit = limit

    def wait(self, done: Callable[[], bool], what: str) -> None:
        """Wait until `done` returns True.

        what  the subject of the message of the error, such as "all_reduce"

        Raises RanksSilentError with the ranks that are waited for, once the time limit is over.
        """
        for _ in range(_AT_ONCE):
            if done():
                return
        end = time.monotonic() + _YIELDING
        while time.monotonic() < end:
            os.sched_yield()
            if done():
                return
        self._wait_long(done, what)

    def _wait_long(self, done: Callable[[], bool], what: str) -> None:
        began, is_sent = time.monotonic(), False
        self._notes.clear()
        while not done():
            time.sleep(_PAUSE)
            waited = time.monotonic() - began
            if self.limit is None:
                continue
            if waited > self.limit / 2 and not is_sent:
                self._notes.send()
                is_sent = True
            if waited > self.limit:
                raise self._error(what, waited)

    def _error(self, what: str, waited: float) -> RanksSilentError:
        waiting = self._notes.senders() | {self._rank}
        silent = [each for each in range(self._size) if each not in waiting]
        begun = f"{what} was not complete after {waited:.0f} seconds"
        if not silent:
            return RanksSilentError(
                f"{begun}, and all ranks wait: a message was lost, or ranks call different "
                "collectives. Start the run again from its checkpoint."
            )
        return RanksSilentError(
            f"{begun}: {_named(silent)} did not answer, while all others wait. See whether "
            f"{'its host runs' if len(silent) == 1 else 'their hosts run'} and can be reached, "
            "then start the run again from its checkpoint; or give more time, "
            "Parallel(time_limit=...).",
            silent,
        )


def _named(ranks: list[int]) -> str:
    return f"rank{'' if len(ranks) == 1 else 's'} {', '.join(map(str, ranks))}"
