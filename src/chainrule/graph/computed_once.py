"""Properties that are computed at most once per object, without a lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class computed_once(Generic[T]):
    """A property that is kept after its first computation.

    As `functools.cached_property`, but without the lock that this has up to Python 3.11: a process
    that is forked while another thread holds it could never use the property again. Two threads
    that come first together both compute it.
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
