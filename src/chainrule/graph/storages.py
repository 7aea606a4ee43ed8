"""Storages: who may change what parameters store, while other threads read it.

Writers (compiled steps, eager updates, assignments, loads) exclude each other. Readers do not wait
for them: a storage that a running computation holds is never written in place, but copied first,
and one that is replaced lives until its last reader lets it go. Only while storages are changed,
at the end of a step, readers wait, so that they see all parameters before a step or after it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from chainrule.graph.errors import ChainruleError
from chainrule.graph.guard import Guard

WRITERS = Guard()
CHANGES = Guard(waited_for=True)

_numbers = count(1)


class Epoch:
    """The number of the last exchange, or lending out, of any parameter's storage.

    While it stays, whoever remembers where parameters are stored need not ask again.
    """

    number = 0


def new_epoch() -> None:
    """Note that a storage was exchanged or lent out; numbers never repeat."""
    Epoch.number = next(_numbers)


@contextmanager
def updating() -> Iterator[None]:
    """Let one thread at a time read parameters and write what follows from them.

    Raises ChainruleError inside a compiled step of the same thread, which would lose the change.
    """
    with WRITERS.lock:
        require_no_step()
        yield


@contextmanager
def unchanged() -> Iterator[None]:
    """Read several parameters as they are at one moment: other threads change none meanwhile."""
    with WRITERS.lock:
        yield


@contextmanager
def changing() -> Iterator[None]:
    """Change the storages of several parameters at one moment, as seen by readers."""
    with CHANGES.lock:
        if CHANGES.entered.locked():
            yield
            return
        with CHANGES.entered:
            yield


def require_no_step() -> None:
    """Raise ChainruleError if this thread, which holds the writers' lock, is in a compiled step."""
    if WRITERS.entered.locked():
        raise ChainruleError(
            "A parameter was to be changed by a signal handler, a finalizer or a user's primitive "
            "in the midst of a compiled step of the same thread. One of the two changes would be "
            "lost. Change it after the call; functions that change nothing may be called."
        )


def inner_step() -> ChainruleError:
    """Return the error for a compiled step in the midst of another update of the same thread."""
    return ChainruleError(
        "A compiled function that updates parameters was called by a signal handler, a "
        "finalizer or a user's primitive in the midst of another update of the same thread. "
        "One of the two would be lost. Call it after that update; compiled functions that "
        "update nothing may be called."
    )


def most_holders(storages: Iterable[Any]) -> int:
    """Return how many references the most wanted of some storages has."""
    return max(map(sys.getrefcount, storages), default=0)


def _alone() -> int:
    """Return `most_holders` of a storage that only its parameter and the asking list hold."""
    parameter = [object()]
    return most_holders(list(parameter))


ALONE = _alone()
