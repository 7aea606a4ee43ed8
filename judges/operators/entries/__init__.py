"""The table: operators of torch, and what computes the same in chainrule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from judges.operators.entries import (
    elementwise,
    internals,
    layers,
    losses,
    manipulation,
    products,
    reductions,
    resampling,
    selection,
)
from judges.operators.names import cr

_FAMILIES = (
    elementwise,
    reductions,
    manipulation,
    selection,
    products,
    losses,
    layers,
    resampling,
    internals,
)


def entries() -> dict[str, Callable[..., Any]]:
    """Return the entries by the names of torch; a name stands for the function of that name."""
    found: dict[str, Any] = {}
    for each in _FAMILIES:
        found |= each.ENTRIES
    return {name: _function(entry) for name, entry in found.items()}


def _function(entry: str | Callable[..., Any]) -> Callable[..., Any]:
    if not isinstance(entry, str):
        return entry
    return lambda *given, **options: getattr(cr, entry)(*given, **options)
