"""Unique names."""

from __future__ import annotations

from collections import Counter


def unique_name(wish: str, taken: Counter[str]) -> str:
    """Return `wish`, or `wish_2`, `wish_3`, ... if it is taken, and add the result to `taken`.

    taken  how often each name was requested, so that many equal requests take linear time
    """
    name = wish
    while name in taken:
        taken[wish] += 1
        name = f"{wish}_{taken[wish]}"
    taken[name] += 1
    return name
