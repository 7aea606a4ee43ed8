"""Arenas of a compiled function: memory for the values of its running calls.

A function that is called with many shapes has one program for each. Their calls use the same
memory, one after the other, so that it holds the largest of them, not all.
"""

from __future__ import annotations

from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.arena import aligned

_MOST_FREE = 8


class Arena:
    """Memory for the values of one running call.

    bytes    the memory
    address  where it starts
    user     a mark of the call that used it last
    """

    def __init__(self, nbytes: int) -> None:
        self.bytes = aligned(nbytes)
        self.address = address_of(self.bytes)
        self.user: object = None


class Arenas:
    """The arenas that no call uses now; threads may take and give back at any time."""

    def __init__(self) -> None:
        self.free: list[Arena] = []

    def take(self, nbytes: int) -> Arena:
        """Return an arena of at least so many bytes; it replaces one that is too small."""
        try:
            arena = self.free.pop()
        except IndexError:
            return Arena(nbytes)
        return arena if arena.bytes.nbytes >= nbytes else Arena(nbytes)

    def give_back(self, arena: Arena) -> None:
        """Keep an arena for the next call."""
        if len(self.free) < _MOST_FREE:
            self.free.append(arena)
