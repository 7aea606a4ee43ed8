"""Thread tuner: chooses one thread or two for a call table, by the duration of its calls.

If the other core is busy, or shares its arithmetic with this one, two threads can be slower than
one. Results are the same bit for bit, so that the mode can change at any time.
"""

from __future__ import annotations

from collections import deque

_COUNTED, _COUNTED_OF_LONG = 7, 2
_LONG = 2e-3
_FIRST, _LONGEST = 32, 2048
_BETTER, _WORSE = 0.9, 1.5


class ThreadTuner:
    """Chooses between one thread and two for calls that all do the same work.

    two_threads  whether the next call should use two threads

    The other mode is tried for eight calls, three if a call takes over 2 ms; the first of them does
    not count. A trial starts after 32 calls, twice as late after every trial that was not faster,
    and at once when calls have become slower.
    """

    def __init__(self) -> None:
        self.two_threads = True
        self._trying = False
        self._left = self._interval = _FIRST
        self._recent: deque[float] = deque(maxlen=_COUNTED)
        self._known = self._limit = float("inf")

    def record(self, seconds: float) -> None:
        """Record the duration of a call in the current mode."""
        self._recent.append(seconds)
        self._left -= 1
        if self._trying:
            if self._left == 0:
                self._decide()
        elif self._left <= 0 or (seconds > self._limit and self._are_slower):
            self._try()

    @property
    def _are_slower(self) -> bool:
        """Whether recent calls are slower than the limit."""
        return len(self._recent) == _COUNTED and self._mean() > self._limit

    def _mean(self) -> float:
        """Return the mean duration of recent calls."""
        return sum(self._recent) / len(self._recent)

    def _try(self) -> None:
        """Start a trial of the other mode."""
        self._known, self._trying = self._mean(), True
        self._change_mode(1 + (_COUNTED if self._known < _LONG else _COUNTED_OF_LONG))

    def _decide(self) -> None:
        """Stay in the tried mode if it is faster."""
        if len(self._recent) < _COUNTED:
            self._recent.popleft()
        found, self._trying = self._mean(), False
        if found < _BETTER * self._known:
            self._interval = self._left = _FIRST
        else:
            found, self._interval = self._known, min(2 * self._interval, _LONGEST)
            self._change_mode(self._interval)
        self._limit = _WORSE * found

    def _change_mode(self, calls: int) -> None:
        """Change the mode for a number of calls."""
        self.two_threads, self._left = not self.two_threads, calls
        self._recent.clear()
