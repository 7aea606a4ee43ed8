"""Pace: whether calls go faster with a second thread or without, found by trying both.

Where the other core is kept busy, or is only the other half of this one, two threads can be slower
than one. Results are the same bit for bit, so that the faster way may be taken at any time.
"""

from __future__ import annotations

from collections import deque

_COUNTED, _COUNTED_OF_LONG = 7, 2
_LONG = 2e-3
_FIRST, _LONGEST = 32, 2048
_BETTER, _WORSE = 0.9, 1.5


class ThreadTuner:
    """Chooses between one thread and two for calls that all do the same work.

    helped  whether the next call should use the second thread

    The other way is tried for eight calls, three if they take over 2 ms, of which the first does
    not count: after 32 calls, then twice as late every time that it was not faster; and at once
    when calls have become slower.
    """

    def __init__(self) -> None:
        self.helped = True
        self._trying = False
        self._left = self._interval = _FIRST
        self._recent: deque[float] = deque(maxlen=_COUNTED)
        self._known = self._limit = float("inf")

    def took(self, seconds: float) -> None:
        """Hear how long a call took, the way that `helped` said."""
        self._recent.append(seconds)
        self._left -= 1
        if self._trying:
            if self._left == 0:
                self._decide()
        elif self._left <= 0 or (seconds > self._limit and self._are_slower):
            self._try()

    @property
    def _are_slower(self) -> bool:
        return len(self._recent) == _COUNTED and self._mean() > self._limit

    def _mean(self) -> float:
        return sum(self._recent) / len(self._recent)

    def _try(self) -> None:
        """Try the other way."""
        self._known, self._trying = self._mean(), True
        self._turn(1 + (_COUNTED if self._known < _LONG else _COUNTED_OF_LONG))

    def _decide(self) -> None:
        """Stay with what was tried if it is faster."""
        if len(self._recent) < _COUNTED:
            self._recent.popleft()
        found, self._trying = self._mean(), False
        if found < _BETTER * self._known:
            self._interval = self._left = _FIRST
        else:
            found, self._interval = self._known, min(2 * self._interval, _LONGEST)
            self._turn(self._interval)
        self._limit = _WORSE * found

    def _turn(self, calls: int) -> None:
        self.helped, self._left = not self.helped, calls
        self._recent.clear()
