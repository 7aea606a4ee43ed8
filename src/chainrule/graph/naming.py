"""Naming: names that occur once, each wish followed by a number where it is taken."""

from __future__ import annotations

from collections import Counter


def unique_name(wish: str, taken: Counter[str]) -> str:
    """Return `wish`, or `wish_2`, `wish_3`, ... where that is taken, and note it as taken.

    taken  how often each name was wished for, so that many equal wishes take linear time
    """
    name = wish
    while name in taken:
        taken[wish] += 1
        name = f"{wish}_{taken[wish]}"
    taken[name] += 1
    return name
