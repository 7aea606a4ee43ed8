"""The roofline: how fast this machine multiplies and copies, measured in the same run."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

import chainrule as cr

_REPEATS = 15
_EXTENT = 1024
_COPIED = 1 << 26


def measured() -> dict[str, str]:
    """Return the rate of a compiled product of 1024 x 1024 matrices, and of a copy of 64 MB.

    The rate of a copy counts what is read and what is written.
    """
    return {
        "product GFLOP/s": f"{2 * _EXTENT**3 / _product() / 1e9:.0f}",
        "copy GB/s": f"{2 * _COPIED / _copy() / 1e9:.0f}",
    }


def _product() -> float:
    multiply = cr.compile(lambda a, b: (a @ b)[:1, :1])
    a, b = np.ones((2, _EXTENT, _EXTENT), np.float32)
    return _best(lambda: multiply(a, b))


def _copy() -> float:
    source = np.ones(_COPIED, np.uint8)
    target = np.empty_like(source)
    return _best(lambda: np.copyto(target, source))


def _best(function: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_REPEATS):
        start = perf_counter()
        function()
        seconds.append(perf_counter() - start)
    return min(seconds)
