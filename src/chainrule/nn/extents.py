"""Checks of the extents of layers."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from chainrule.graph import ShapeError


def require_extents(layer: str, **extents: Any) -> None:
    """Raise ShapeError, with the name of a layer, unless all extents are integers of 1 or more."""
    for name, extent in extents.items():
        if not isinstance(extent, Integral) or extent < 1:
            raise ShapeError(f"{layer} was given {name}={extent!r}. Give an integer of 1 or more.")
