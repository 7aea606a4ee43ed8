"""Guards: locks that threads, signal handlers and forked processes meet without hanging."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakSet

T = TypeVar("T")


class Guard:
    """A re-entrant lock that a forked child process finds free.

    lock     enter it with `with guard.lock:`, a statement that no signal can interrupt half way
    entered  held beside it where others must be able to ask whether somebody is inside:
             `guard.entered.locked()` costs no waiting. With the lock held it says whether this
             very thread is inside already, as a signal handler or a finalizer may be.

    waited_for  whether a fork waits until other threads have left the lock, for the sake of what
                the child inherits; never of a section in which the user's own code may run

    Guards that are waited for are entered in the order in which they were made, and live as long as
    the process; others go with their owners.
    """

    __slots__ = ("__weakref__", "entered", "lock")

    def __init__(self, waited_for: bool = False) -> None:
        self.renew()
        _guards.add(self)
        if waited_for:
            _waited_for.append(self)

    def renew(self) -> None:
        """Make both locks anew, free."""
        self.lock, self.entered = threading.RLock(), threading.Lock()


_guards: WeakSet[Guard] = WeakSet()
_waited_for: list[Guard] = []


def _enter_all() -> None:
    for each in _waited_for:
        each.lock.acquire()


def _leave_all() -> None:
    for each in reversed(_waited_for):
        each.lock.release()


def _renew_all() -> None:
    for each in list(_guards):
        each.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_enter_all, after_in_parent=_leave_all, after_in_child=_renew_all)


def once(function: Callable[[], T]) -> Callable[[], T]:
    """Make a function run at its first call only, whichever thread comes first; others wait."""
    guard, found = Guard(), list[T]()

    @wraps(function)
    def known() -> T:
        if not found:
            with guard.lock:
                if not found:
                    found.append(function())
        return found[0]

    return known
