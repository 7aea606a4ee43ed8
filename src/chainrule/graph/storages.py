"""Locks for the storages of parameters, between threads that write and threads that read.

Writers (compiled steps, eager updates, assignments, loads) exclude each other. Readers do not wait
for them: a storage that a running computation references is copied before it is written, and a
replaced storage lives until its last reader releases it. Readers wait only while storages change,
at the end of a step, so that they see all parameters before the step or after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import count
from operator import attrgetter
from sys import getrefcount
from types import SimpleNamespace
from typing import Any

from chainrule.graph.errors import ChainruleError
from chainrule.graph.guard import Guard

WRITERS = Guard()
CHANGES = Guard(waited_for=True)

_numbers = count(1)


class StorageRevision:
    """The number of the last exchange of any parameter's storage, or of the last view given out.

    While it is unchanged, addresses of storages that were read before are valid.
    """

    number = 0


def new_revision() -> None:
    """Begin a new revision: a storage was exchanged or a view given out. Numbers never repeat."""
    StorageRevision.number = next(_numbers)


@contextmanager
def updating() -> Iterator[None]:
    """Hold the writers' lock, so that one thread at a time reads parameters and writes updates.

    Raises ChainruleError inside a compiled step of the same thread, which would lose the change.
    """
    with WRITERS.lock:
        require_no_step()
        yield


@contextmanager
def unchanged() -> Iterator[None]:
    """Keep other threads from changing parameters, so that several are read at one moment."""
    with WRITERS.lock:
        yield


@contextmanager
def changing() -> Iterator[None]:
    """Hold the readers' lock, so that readers see several parameters change at one moment."""
    with CHANGES.lock:
        if CHANGES.entered.locked():
            yield
            return
        with CHANGES.entered:
            yield


def require_no_step() -> None:
    """Raise ChainruleError if this thread, which holds the writers' lock, runs a compiled step."""
    if WRITERS.entered.locked():
        raise ChainruleError(
            "A signal handler, a finalizer or a user's primitive tried to change a parameter "
            "during a compiled step of the same thread. One of the two changes would be lost. "
            "Change it after the call; functions that change nothing may be called."
        )


def inner_step() -> ChainruleError:
    """Return the error for a compiled step during another update of the same thread."""
    return ChainruleError(
        "A compiled function that updates parameters was called by a signal handler, a finalizer "
        "or a user's primitive during another update of the same thread. One of the two would be "
        "lost. Call it after that update; compiled functions that update nothing may be called."
    )


storage_of = attrgetter("_value")


def references(parameters: Collection[Any]) -> int:
    """Return the number of references to the storages of some parameters."""
    return sum([getrefcount(each._value) for each in parameters])


# The number of references to a storage that only its parameter holds.
ALONE = references([SimpleNamespace(_value=object())])


def have_holders(parameters: Collection[Any]) -> bool:
    """Return whether anything but the parameters references one of their storages."""
    return references(parameters) > ALONE * len(parameters)
