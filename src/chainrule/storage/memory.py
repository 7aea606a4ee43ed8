"""Checks the memory of this machine before an allocation."""

import os
import sys


def require_memory(size: int) -> None:
    """Raise MemoryError if `size` bytes exceed the memory of this machine, where it is known."""
    if size > _memory():
        raise MemoryError


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return sys.maxsize
