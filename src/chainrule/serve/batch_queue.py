"""Answers concurrent requests in batches, on one worker thread.

What waits while a batch is computed becomes the next batch, so that a lone request waits for
nothing and a busy server makes few calls. Requests with many items are divided: their items are
taken in turns with those of others.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chainrule.serve.errors import AnswerError

Item = str | list[str]
Outcome = list[Any] | AnswerError

_log = logging.getLogger("chainrule.serve")


class Model(Protocol):
    """What answers items."""

    def answers(self, items: Sequence[Item]) -> Sequence[Any]:
        """Return an answer per item."""


@dataclass(eq=False)
class Job:
    """A request: items, the model that answers all of them, and the future of the answers."""

    model: Model
    items: Sequence[Item]
    future: asyncio.Future[list[Any]]
    taken: int = 0
    answers: list[Any] = field(default_factory=list)

    def take(self, room: int) -> list[Item]:
        """Return the next items: at least one, further ones while `room` characters are left."""
        first = self.taken
        while self.taken < len(self.items):
            room -= size_of(self.items[self.taken])
            if room < 0 and self.taken > first:
                break
            self.taken += 1
        return list(self.items[first : self.taken])


class BatchQueue:
    """A queue of requests and the thread that answers them.

    batch     characters of a batch, about
    linger    seconds that a batch waits for more requests if the one before had several
    on_batch  is called after each batch with the number of its requests, of its items, and its
              seconds, on the worker thread
    """

    def __init__(
        self, batch: int, linger: float, on_batch: Callable[[int, int, float], object]
    ) -> None:
        self._batch, self._linger, self._on_batch = batch, linger, on_batch
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._last_count = 0
        self._worker = self._thread()

    def start(self) -> None:
        """Start the worker thread, once more after `stop` too."""
        if self._stopped:
            self._worker.join()
            self._worker, self._stopped = self._thread(), False
        self._worker.start()

    def _thread(self) -> threading.Thread:
        return threading.Thread(target=self._work, name="chainrule.serve", daemon=True)

    def stop(self, seconds: float) -> None:
        """Answer what waits and end the worker thread; wait for it for at most so many seconds."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._worker.join(seconds)

    @property
    def is_alive(self) -> bool:
        """Whether the worker thread runs."""
        return self._worker.is_alive()

    def __len__(self) -> int:
        return len(self._jobs)

    def submit(self, model: Model, items: Sequence[Item]) -> asyncio.Future[list[Any]]:
        """Return the future of the answers; items of a cancelled one are no longer computed."""
        job = Job(model, items, asyncio.get_running_loop().create_future())
        if not items:
            job.future.set_result([])
            return job.future
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        return job.future

    def _work(self) -> None:
        while True:
            parts = self._next()
            if parts is None:
                return
            if parts:
                begin = time.perf_counter()
                outcomes = _outcomes(parts)
                seconds = time.perf_counter() - begin
                _deliver(outcomes)
                self._on_batch(len(parts), sum(len(items) for _, items in parts), seconds)

    def _next(self) -> list[tuple[Job, list[Item]]] | None:
        """Wait for requests; return those of the next batch, with items; None after the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._stopped)
            if not self._jobs:
                return None
            if self._last_count > 1 and not self._stopped:
                wanted = self._last_count
                self._changed.wait_for(lambda: len(self._jobs) >= wanted, self._linger)
            parts = self._taken()
            self._last_count = len(parts)
            return parts

    def _taken(self) -> list[tuple[Job, list[Item]]]:
        """Take items of waiting requests, all for the model of the first one."""
        parts: list[tuple[Job, list[Item]]] = []
        of_others, unfinished = [], []
        room = self._batch
        while self._jobs and room > 0:
            job = self._jobs.popleft()
            if job.future.done():
                continue
            if parts and job.model is not parts[0][0].model:
                of_others.append(job)
                continue
            items = job.take(room)
            room -= sum(map(size_of, items))
            parts.append((job, items))
            if job.taken < len(job.items):
                unfinished.append(job)
        self._jobs.extendleft(reversed(of_others))
        self._jobs.extend(unfinished)
        return parts


def size_of(item: Item) -> int:
    """Return the size of an item in characters, at least 1."""
    return 1 + len(item) + (0 if isinstance(item, str) else sum(map(len, item)))


def _outcomes(parts: Sequence[tuple[Job, list[Item]]]) -> list[tuple[Job, Outcome]]:
    """Compute a batch; if that fails, each request alone, so that the others are answered."""
    whole = _outcome(parts[0][0].model, [item for _, items in parts for item in items])
    if isinstance(whole, AnswerError):
        return [
            (job, whole if len(parts) == 1 else _outcome(job.model, items)) for job, items in parts
        ]
    rest = iter(whole)
    return [(job, [next(rest) for _ in items]) for job, items in parts]


def _outcome(model: Model, items: Sequence[Item]) -> Outcome:
    try:
        found = list(model.answers(items))
        if len(found) != len(items):
            raise RuntimeError(f"a model gave {len(found)} answers for {len(items)} items")
    except BaseException as error:  # a panic of a native library is no Exception
        _log.exception("the model failed on %d items", len(items))
        failure = AnswerError(f"{type(error).__name__}: {error}")
        failure.__cause__ = error
        return failure
    return found


def _deliver(outcomes: Sequence[tuple[Job, Outcome]]) -> None:
    """Hand the outcomes of a batch to the event loop, all in one call."""

    def settle() -> None:
        for job, outcome in outcomes:
            if job.future.done():
                continue
            if isinstance(outcome, AnswerError):
                job.future.set_exception(outcome)
                continue
            job.answers += outcome
            if len(job.answers) == len(job.items):
                job.future.set_result(job.answers)

    outcomes[0][0].future.get_loop().call_soon_threadsafe(settle)
