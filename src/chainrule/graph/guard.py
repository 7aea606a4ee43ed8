"""Locks that are safe with threads, signal handlers and forked processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakSet

T = TypeVar("T")


class Guard:
    """A re-entrant lock that is free in a forked child process.

    lock     the lock; enter it with `with guard.lock:`, which a signal cannot interrupt half way
    entered  a second lock for sections whose state must be readable without waiting:
             `guard.entered.locked()` returns whether a thread is inside. A thread that holds `lock`
             learns so whether it is inside already, as in a signal handler or a finalizer

    waited_for  whether a fork waits until other threads have released the lock, so that the child
                inherits consistent data; not for sections that run the user's code

    Guards that are waited for are acquired in the order of their creation and live as long as the
    process; other guards live as long as their owners.
    """

    __slots__ = ("__weakref__", "entered", "lock")

    def __init__(self, waited_for: bool = False) -> None:
        self.renew()
        _guards.add(self)
        if waited_for:
            _waited_for.append(self)

    def renew(self) -> None:
        """Replace both locks by free ones."""
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
    """Return a function that runs `function` at its first call only; other threads wait for it."""
    guard, found = Guard(), list[T]()

    @wraps(function)
    def known() -> T:
        if not found:
            with guard.lock:
                if not found:
                    found.append(function())
        return found[0]

    return known
