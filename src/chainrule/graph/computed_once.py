"""A cached property without a lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class computed_once(Generic[T]):
    """A property that is computed at its first access and cached.

    It differs from `functools.cached_property` of Python 3.11 in that it has no lock: a process
    forked while another thread holds such a lock could never read the property. Two threads that
    read it first at the same time both compute it.
    """

    def __init__(self, function: Callable[[Any], T]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> computed_once[T]: ...

    @overload
    def __get__(self, owner: object, kind: type) -> T: ...

    def __get__(self, owner: object | None, kind: type) -> computed_once[T] | T:
        if owner is None:
            return self
        value = owner.__dict__[self._function.__name__] = self._function(owner)
        return value
