"""A process for one framework at one task, so that no thread pool stands in another's way."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter

from benchmarks import frameworks
from benchmarks.catalogue import Training, chosen
from benchmarks.problem import BATCHES
from benchmarks.timing import Stopwatch

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Start:
    """What a worker says first: losses, seconds of the first step, and how the step runs."""

    losses: list[float]
    first: float
    description: str


class Worker:
    """The near end of the process; it waits between two measurements."""

    def __init__(self, task: str, framework: str, tiny: bool) -> None:
        self._connection, far = get_context("spawn").Pipe()
        self._process = get_context("spawn").Process(
            target=_work, args=(far, task, framework, tiny), daemon=True
        )
        self._process.start()
        far.close()

    def start(self) -> Start:
        """Return what the worker found at first; raise RuntimeError with what it failed with."""
        found = self._answer()
        assert isinstance(found, Start)
        return found

    def measure(self, seconds: float) -> float:
        """Return the seconds per step."""
        self._connection.send(seconds)
        return float(self._answer())

    def stop(self) -> int:
        """End the process, and return the peak of its memory in bytes, 0 if it is not known."""
        self._connection.send(None)
        peak = int(self._answer())
        self._process.join()
        return peak

    def _answer(self) -> float | Start:
        try:
            answer = self._connection.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"the process ended with code {self._process.exitcode}") from None
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer


def _work(connection: Connection, name: str, framework: str, tiny: bool) -> None:
    """Answer with a start, then every number of seconds with a measurement, None with the peak."""
    try:
        start, watch = _begun(name, framework, tiny)
        connection.send(start)
        while (seconds := connection.recv()) is not None:
            connection.send(watch.measure(seconds))
        connection.send(_peak())
    except Exception as error:  # whatever a framework raises belongs into the table
        connection.send(f"{type(error).__name__}: {error}")


def _begun(name: str, framework: str, tiny: bool) -> tuple[Start, Stopwatch]:
    (task,) = chosen([name])
    assert isinstance(task, Training)
    problem = task.problem(task.tiny if tiny else task.sizes)
    learner = frameworks.learner(framework, task.module, problem)
    start = perf_counter()
    losses = learner.losses(problem.batches, 1)
    first = perf_counter() - start
    losses += learner.losses(problem.batches[1:], BATCHES - 1)
    return Start(losses, first, learner.describe()), Stopwatch(learner, problem.batches)


def _peak() -> int:
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
