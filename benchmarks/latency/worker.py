"""One process of the measurement: all calls of one case, in order.

python -m benchmarks.latency.worker CASE time|count
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType
from typing import Any

from benchmarks.latency.cases import CASES


def timed(call: Callable[[], Any]) -> dict[str, float]:
    """Return the seconds, and the seconds of the processor, that a call takes."""
    start, first = perf_counter(), process_time()
    call()
    return {"seconds": perf_counter() - start, "processor": process_time() - first}


def counted(call: Callable[[], Any]) -> dict[str, float]:
    """Return how many functions of Python, and of C, run during a call."""
    found = {"call": 0, "c_call": 0}

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        if event in found:
            found[event] += 1

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return {"python calls": found["call"], "c calls": found["c_call"]}


def main(name: str, how: str) -> None:
    """Print what every call of a case took, and the kernels it compiled, as JSON."""
    case = CASES[name]()
    measure = counted if how == "count" else timed
    results = []
    for arguments in case.calls:
        before = _kernels()
        results.append(measure(lambda given=arguments: case.step(*given)))  # type: ignore[misc]
        results[-1]["compiled"] = _kernels() - before
    print(json.dumps(results))


def _kernels() -> int:
    """Return the number of kernels in the cache on disk."""
    return sum(each.is_file() for each in Path(os.environ["CHAINRULE_CACHE"]).rglob("*"))


if __name__ == "__main__":
    main(*sys.argv[1:])
