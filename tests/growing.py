"""How much work grows when a problem becomes twice as large: lines of Python that are run."""

import sys
from collections.abc import Callable
from typing import Any


def lines_run(call: Callable[[], Any]) -> int:
    """Return how many lines of Python a call runs, each round of a loop counted."""
    count = 0

    def traced(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def growth(made: Callable[[int], Callable[[], Any]], size: int) -> float:
    """Return how many times as many lines run at twice the size; `made` prepares a call."""
    made(size)()  # what is done once per process is done now
    return lines_run(made(2 * size)) / lines_run(made(size))
