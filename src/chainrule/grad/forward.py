"""Forward-mode differentiation: tangents are computed from inputs to outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from chainrule.grad.reverse import sweep
from chainrule.graph import (
    Input,
    Primitive,
    Tensor,
    apply,
    as_tensor,
    is_float,
    made_for,
    topological_order,
)
from chainrule.ops import add, broadcast_to

Tangents = Sequence[Tensor | None]


def tangents(outputs: Sequence[Tensor], seeds: Mapping[Tensor, Tensor]) -> list[Tensor | None]:
    """Return the directional derivative J t of each output.

    seeds    maps each input of the derivative to its tangent t, of the same shape
    returns  tensors of the shapes of the outputs; None for an output that depends on no seed
    """
    moving: dict[Tensor, Tensor] = dict(seeds)
    for node in topological_order(outputs):
        if node in moving or node.primitive is None or not is_float(node.dtype):
            continue
        tangent = tangent_of(node, moving)
        if tangent is not None:
            moving[node] = tangent
    return [moving.get(each) for each in outputs]


def tangent_of(node: Tensor, moving: Mapping[Tensor, Tensor]) -> Tensor | None:
    """Return the tangent of a node from those of its inputs; None if no input has one."""
    primitive = node.primitive
    if primitive is None:
        return None
    directions = [
        moving.get(each) if primitive.takes_gradient(i) else None
        for i, each in enumerate(node.inputs)
    ]
    if all(each is None for each in directions):
        return None
    with made_for(node.origin):
        return _tangent(node, primitive, directions)


def _tangent(node: Tensor, primitive: Primitive, directions: Tangents) -> Tensor | None:
    if callable(primitive.jvp):
        filled = tuple(_filled(node, directions))
        tangent: Tensor | None = primitive.jvp(filled, node, *node.inputs, **node.attributes)
        return tangent
    return _DERIVED[primitive.jvp](node, primitive, directions)


def _diagonal(node: Tensor, primitive: Primitive, directions: Tangents) -> Tensor | None:
    """Apply the vjp rules to tangents; a diagonal local gradient is its own transpose."""
    assert isinstance(primitive.vjp, tuple)
    terms = [
        rule(direction, node, *node.inputs, **node.attributes)
        for direction, rule in zip(directions, primitive.vjp, strict=True)
        if direction is not None and rule is not None
    ]
    return reduce(add, [broadcast_to(each, node.shape) for each in terms if each is not None])


def _linear(node: Tensor, primitive: Primitive, directions: Tangents) -> Tensor | None:
    """Apply a linear primitive to the tangents."""
    moved = _filled(node, directions)
    return apply(primitive, *moved, **node.attributes)


def _multilinear(node: Tensor, primitive: Primitive, directions: Tangents) -> Tensor | None:
    """Return the tangent of a product: the sum over inputs, each replaced by its tangent."""
    terms = []
    for position, direction in enumerate(directions):
        if direction is not None:
            inputs = [*node.inputs[:position], direction, *node.inputs[position + 1 :]]
            terms.append(apply(primitive, *inputs, **node.attributes))
    return reduce(add, terms)


def _transposed(node: Tensor, primitive: Primitive, directions: Tangents) -> Tensor | None:
    """Return the tangent J t as the transpose of the vjp.

    The vjp is linear in the upstream gradient g. The gradient of <vjp(g), t> with respect to g is
    therefore J t.
    """
    g = Input("g", node.shape, node.dtype, np.zeros(node.shape, node.dtype))
    assert callable(primitive.vjp)
    wanted = tuple(i for i, each in enumerate(directions) if each is not None)
    options = {"wanted": wanted} if primitive.selective else {}
    found = primitive.vjp(g, node, *node.inputs, **node.attributes, **options)
    products = [
        (gradient * direction).sum()
        for gradient, direction in zip(found, directions, strict=True)
        if gradient is not None and direction is not None
    ]
    if not products:
        return None
    return sweep(reduce(add, products), [g]).upstream.get(g)


def _filled(node: Tensor, directions: Tangents) -> list[Tensor]:
    """Return the tangents: zeros for inputs without one, values for non-differentiable inputs."""
    assert node.primitive is not None
    return [
        each
        if not (node.primitive.takes_gradient(i) and is_float(each.dtype))
        else as_tensor(np.zeros(each.shape, each.dtype))
        if direction is None
        else direction
        for i, (each, direction) in enumerate(zip(node.inputs, directions, strict=True))
    ]


_DERIVED = {
    "diagonal": _diagonal,
    "linear": _linear,
    "multilinear": _multilinear,
    "transpose": _transposed,
}
