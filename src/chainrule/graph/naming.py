"""Unique names."""

from __future__ import annotations

from collections import Counter


def unique_name(base: str, taken: Counter[str]) -> str:
    """Return `base`, or `wish_2`, `wish_3`, ... if it is taken, and add the result to `taken`.

    taken  how often each name was requested, so that many equal requests take linear time
    """
    name = base
    while name in taken:
        taken[base] += 1
        name = f"{base}_{taken[base]}"
    taken[name] += 1
    return name
