"""The first training step of the perceptron in a process: with and without what chainrule keeps
on disk, and with another batch size."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import frameworks
from benchmarks.problem import Batch, Learner
from benchmarks.tasks import mlp

OTHER_BATCH = 96

# The frameworks that keep compiled code on disk, and the variable that names the folder.
_CACHES = {"chainrule": "CHAINRULE_CACHE", "torch.compile": "TORCHINDUCTOR_CACHE_DIR"}


def measure_cold(framework: str) -> float:
    """Return the seconds of the first step of a new process that finds an empty cache."""
    with TemporaryDirectory() as folder:
        return _in_new_process(framework, folder)[0]


def measure_cached(framework: str) -> float:
    """Return the seconds of the first step of a new process that finds a filled cache."""
    with TemporaryDirectory() as folder:
        if framework in _CACHES:
            _in_new_process(framework, folder)
        return _in_new_process(framework, folder)[0]


def measure_new_batch_size(framework: str) -> float:
    """Return the seconds of the first step with a batch of another size, the cache empty before."""
    with TemporaryDirectory() as folder:
        return _in_new_process(framework, folder)[1]


def _in_new_process(framework: str, cache: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.tasks.first_call", framework]
    environment = {**os.environ, **dict.fromkeys(_CACHES.values(), cache)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    if ran.returncode:
        raise RuntimeError((ran.stderr.strip().splitlines() or ["no message"])[-1])
    cold, other = ran.stdout.split()
    return float(cold), float(other)


def _seconds(learner: Learner, batch: Batch) -> float:
    converted = learner.convert(batch)
    start = perf_counter()
    learner.wait(learner.step(*converted))
    return perf_counter() - start


def main(framework: str) -> None:
    """Print the seconds of the first step and of the first one with another batch size."""
    problem = mlp.problem(mlp.Sizes())
    other = mlp.problem(replace(mlp.Sizes(), batch=OTHER_BATCH))
    learner = frameworks.learner(framework, "mlp", problem)
    print(_seconds(learner, problem.batches[0]), _seconds(learner, other.batches[0]))


if __name__ == "__main__":
    main(sys.argv[1])
