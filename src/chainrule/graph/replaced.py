"""Replaced parameters: tensors that gates read in place of parameters, within a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_NONE: Mapping[Any, Any] = MappingProxyType({})
_replaced: ContextVar[Mapping[Any, Any]] = ContextVar("replaced", default=_NONE)


replaced_parameters = _replaced.get
"""Return the tensor that is read in place of each replaced parameter, in this thread."""


def read_for(tensor: Any) -> Any:
    """Return the tensor that gates read for `tensor`: itself unless it is a replaced parameter."""
    others = _replaced.get()
    return others.get(tensor, tensor) if others else tensor


@contextmanager
def replaced(others: Mapping[Any, Any]) -> Iterator[None]:
    """Let gates made in the block read other tensors in place of parameters.

    others  tensors by parameter, of the same shape and dtype. Other threads are not affected
    """
    outer = _replaced.get()
    token = _replaced.set({**outer, **{key: outer.get(e, e) for key, e in others.items()}})
    try:
        yield
    finally:
        _replaced.reset(token)
