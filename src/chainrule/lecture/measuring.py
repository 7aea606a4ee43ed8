"""Measurements for claims: times, memory, derivatives, and orders of growth."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from time import perf_counter, process_time

import numpy as np

from chainrule.graph import Array, Parameter

_STEP = 1e-5


def seconds(function: Callable[[], object], times: int = 7) -> float:
    """Return the shortest time of a call in seconds; a first call is not counted.

    The shortest of several is the one least disturbed by other processes, as `timeit` explains.
    """
    function()
    return min(_once(function) for _ in range(times))


def processor_seconds(function: Callable[[], object], times: int = 9, calls: int = 10) -> float:
    """Return the shortest processor time of a call in seconds; a first call is not counted.

    times, calls  so many measurements are made, each of so many calls

    The time of all threads is added up, that of other processes is not counted.
    """
    function()
    return min(_processor_time(function, calls) for _ in range(times))


def peak_bytes(function: Callable[[], object]) -> int:
    """Return the peak memory of a call in bytes, without what was allocated before."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def differences(loss: Callable[[], float], parameter: Parameter, count: int) -> Array:
    """Return (loss(w + h) - loss(w - h)) / 2h, h = 1e-5, for the first weights w, (count,)."""
    here = parameter.value

    def loss_at(position: int, step: float) -> float:
        there = here.copy()
        there.flat[position] += step
        parameter.assign(there)
        return loss()

    slopes = [(loss_at(i, _STEP) - loss_at(i, -_STEP)) / (2 * _STEP) for i in range(count)]
    parameter.assign(here)
    return np.array(slopes)


def exponent(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the exponent p of y ~ x^p: the slope of a line fitted to their logarithms."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _once(function: Callable[[], object]) -> float:
    start = perf_counter()
    function()
    return perf_counter() - start


def _processor_time(function: Callable[[], object], calls: int) -> float:
    start = process_time()
    for _ in range(calls):
        function()
    return (process_time() - start) / calls
