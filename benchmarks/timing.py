"""The clock: steps are repeated until they take long enough to be measured."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from time import perf_counter, sleep

from benchmarks.problem import Batch, Learner

_PAUSE = 0.3
_STABLE = 0.05  # the relative change of a step's time that counts as none
_MOST_STRETCHES = 20


class Stopwatch:
    """Measures the steps of one learner on its batches, going on where it stopped before."""

    def __init__(self, learner: Learner, batches: list[Batch]) -> None:
        self._learner = learner
        self._batches = cycle([learner.convert(each) for each in batches])
        self._warm = False

    def measure(self, seconds: float) -> float:
        """Return the seconds per step, from about `seconds` of steps, at least one.

        A fifth of the time goes before it unmeasured, so that threads and caches are awake. The
        first measurement waits until times are stable.
        """
        if not self._warm:
            self._warm_up(seconds / 5)
            self._warm = True
        estimate = self._awake(seconds / 5)
        return self._run(max(1, round(seconds / estimate)))

    def _warm_up(self, seconds: float) -> None:
        """Run stretches of about this length, until a step takes as long as in the one before."""
        before = self._awake(seconds)
        for _ in range(_MOST_STRETCHES):
            latest = self._awake(seconds)
            if abs(latest - before) <= _STABLE * before:
                return
            before = latest

    def _awake(self, seconds: float) -> float:
        """Run steps for about this long, and return what the last of them took."""
        end = perf_counter() + seconds
        estimate = self._run(1)
        while perf_counter() < end:
            estimate = self._run(3)
        return estimate

    def _run(self, count: int) -> float:
        batches, step, loss = list(islice(self._batches, count)), self._learner.step, None
        start = perf_counter()
        for batch in batches:
            loss = step(*batch)
        self._learner.wait(loss)
        return (perf_counter() - start) / count


def interleaved(measures: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return the measurements of all frameworks, each of them once in every round.

    Threads of the one before may spin for a while after their last step; that is waited for.
    """
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            sleep(_PAUSE)
            found[name].append(measure())
    return found
