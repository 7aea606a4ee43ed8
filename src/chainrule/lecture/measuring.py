"""How claims are measured: times as medians, memory as its peak."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from statistics import median
from time import perf_counter


def seconds(function: Callable[[], object], times: int = 7) -> float:
    """Return the median time of a call, after one that is not counted."""
    function()
    return median(_once(function) for _ in range(times))


def peak_bytes(function: Callable[[], object]) -> int:
    """Return the most memory that a call holds at one time beyond what was there before."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _once(function: Callable[[], object]) -> float:
    start = perf_counter()
    function()
    return perf_counter() - start
