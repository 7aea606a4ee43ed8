"""Parts of an update: pairs of (slice of a parameter, gradient)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chainrule.graph import Parameter, Tensor
from chainrule.optim.clip import Clip
from chainrule.optim.row_updates import Part


@dataclass(frozen=True, eq=False)
class UpdatePart:
    """A part of a parameter that one step updates, with its gradient; None if there is none."""

    parameter: Parameter
    part: Part
    gradient: Tensor | None


def clipped(parts: Sequence[UpdatePart], clip: Clip | None) -> list[UpdatePart]:
    """Return the parts with clipped gradients; `clip` is given the gradients of all parts."""
    found = {each: each.gradient for each in parts if each.gradient is not None}
    if clip is None or not found:
        return list(parts)
    bounded = dict(zip(found, clip(list(found.values())), strict=True))
    return [replace(each, gradient=bounded.get(each)) for each in parts]
