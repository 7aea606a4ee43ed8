"""Pause the collection of cyclic garbage while a function is compiled.

A compilation makes hundreds of thousands of objects, nearly all of which are kept. Python's
collector starts again and again while they are made, and passes over all of them for nothing: a
quarter of the time of a large graph.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """Pause the collection of cyclic garbage in the block, unless it is turned off already."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
