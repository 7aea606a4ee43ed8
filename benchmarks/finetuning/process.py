"""A process per framework, so that thread pools and memory are its own; it waits between steps."""

from __future__ import annotations

import os
import resource
import sys
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter, process_time

from benchmarks.finetuning.job import Job

# Threads of torch that wait for work must not take the processor from the other process.
_QUIET = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0", "TOKENIZERS_PARALLELISM": "false"}


class LearnerProcess:
    """The near end of the process of a framework."""

    def __init__(self, module: str, job: Job) -> None:
        os.environ.update(_QUIET)
        self._connection, far = get_context("spawn").Pipe()
        self._process = get_context("spawn").Process(
            target=_work, args=(far, module, job), daemon=True
        )
        self._process.start()
        far.close()

    def step(self, number: int) -> tuple[float, float, float]:
        """Make the step with this batch; return loss, seconds, and seconds of the processor."""
        self._connection.send(("step", number))
        return self._connection.recv()

    def accuracy(self) -> float:
        """Return the accuracy on the held-out texts."""
        self._connection.send(("accuracy", 0))
        return self._connection.recv()

    def stop(self) -> float:
        """End the process, and return the peak of its memory in MB."""
        self._connection.send(("stop", 0))
        peak = float(self._connection.recv())
        self._process.join()
        return peak


def _work(connection: Connection, module: str, job: Job) -> None:
    learner = import_module(f"benchmarks.finetuning.{module}").Learner(job)
    while True:
        asked, number = connection.recv()
        if asked == "step":
            begin, processor = perf_counter(), process_time()
            loss = learner.step(job.batches[number])
            connection.send((loss, perf_counter() - begin, process_time() - processor))
        elif asked == "accuracy":
            right = sum(learner.correct(each) for each in job.held_out)
            connection.send(right / sum(len(each["targets"]) for each in job.held_out))
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            connection.send(peak / (1 if sys.platform == "linux" else 1024) / 1024)
            return
