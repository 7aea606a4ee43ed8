"""Derivatives of bodies that are computed once, as functions of their operands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.grad.forward import tangents
from chainrule.grad.packing import flattened
from chainrule.grad.reverse import sweep_from
from chainrule.graph import Body, Constant, Tensor, rebuild


def outputs_at(body: Body, operands: Sequence[Tensor]) -> list[Tensor]:
    """Return the outputs of a body as gates on other operands."""
    made = rebuild(body.outputs, dict(zip(body.captured, operands, strict=True)))
    return [made[each] for each in body.outputs]


def pulled_back(
    body: Body, upstream: Tensor, operands: Sequence[Tensor], wanted: Sequence[int]
) -> list[Tensor | None]:
    """Return the gradients of the wanted operands, with the forward computed again.

    upstream  the upstream gradient of the flat result
    """
    outputs = outputs_at(body, operands)
    seeds = [
        (node, upstream[field.start : field.stop].reshape(node.shape))
        for node, field in zip(outputs, body.fields(1), strict=True)
    ]
    found = sweep_from(seeds, [operands[i] for i in wanted]).upstream
    return [found.get(operands[i]) for i in wanted]


def pushed(body: Body, directions: Sequence[Tensor], operands: Sequence[Tensor]) -> Tensor:
    """Return the tangent of the flat result; `directions` has tangents of floating operands."""
    outputs = outputs_at(body, operands)
    seeds = {
        each: along
        for each, along in zip(operands, directions, strict=True)
        if each.dtype.kind == "f"
    }
    pairs = zip(tangents(outputs, seeds), outputs, strict=True)
    return flattened([zeros(node) if each is None else each for each, node in pairs])


def zeros(of: Tensor) -> Tensor:
    """Return zeros of the shape and dtype of a tensor."""
    return Constant(np.zeros(of.shape, of.dtype))
