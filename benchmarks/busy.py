"""A process that computes meanwhile, so that only one of two cores is free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context


@contextmanager
def other_core(busy: bool) -> Iterator[None]:
    """Keep one core busy while the block runs, if asked for."""
    if not busy:
        yield
        return
    process = get_context("spawn").Process(target=_compute, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _compute() -> None:
    total = 0
    while True:
        total += sum(range(100_000))
