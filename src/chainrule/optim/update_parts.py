"""Moves: which parts of parameters a step moves, against which gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chainrule.graph import Parameter, Tensor
from chainrule.optim.clip import Clip
from chainrule.optim.row_updates import Part


@dataclass(frozen=True, eq=False)
class Move:
    """A part of a parameter that a step moves against a gradient; None if none came."""

    parameter: Parameter
    part: Part
    gradient: Tensor | None


def clipped(moves: Sequence[Move], clip: Clip | None) -> list[Move]:
    """Return the moves with their gradients, all of them together, within the bounds of `clip`."""
    found = {each: each.gradient for each in moves if each.gradient is not None}
    if clip is None or not found:
        return list(moves)
    bounded = dict(zip(found, clip(list(found.values())), strict=True))
    return [replace(each, gradient=bounded.get(each)) for each in moves]
