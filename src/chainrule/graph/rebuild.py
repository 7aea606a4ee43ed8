"""Rebuilding of a graph with other leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.graph.body import Body
from chainrule.graph.dtypes import Array, float32, float64
from chainrule.graph.errors import ShapeError
from chainrule.graph.inputs import Input
from chainrule.graph.order import topological_order
from chainrule.graph.origin import made_for
from chainrule.graph.parameters import Parameter
from chainrule.graph.tensor import Constant, Tensor, apply


def rebuild(
    outputs: Sequence[Tensor],
    replaced: Mapping[Tensor, Tensor],
    convert: Callable[[Any], Any] = lambda attribute: attribute,
) -> dict[Tensor, Tensor]:
    """Return a map from every node that `outputs` need to its node in the rebuilt graph.

    replaced  the replacements of nodes; gates that depend on them are rebuilt with their names and
              origins, with dtypes that follow from the new inputs
    convert   a function applied to every attribute of a gate

    Raises ShapeError for a replacement of another shape.
    """
    for old, new in replaced.items():
        if old.shape != new.shape:
            raise ShapeError(
                f"{old.label} with shape {old.shape} was to be replaced by {new.label} with shape "
                f"{new.shape}. Gates keep the extents they were made for; build the graph again "
                "for other shapes."
            )
    made: dict[Tensor, Tensor] = dict(replaced)
    for node in topological_order(outputs, without=replaced):
        made[node] = remade(node, made, convert)
    return made


def remade(
    node: Tensor,
    made: Mapping[Tensor, Tensor],
    convert: Callable[[Any], Any] = lambda attribute: attribute,
) -> Tensor:
    """Return the rebuilt node of `node`; `made` has the rebuilt nodes of its inputs."""
    if node.primitive is None:
        return node
    inputs = [made[each] for each in node.inputs]
    attributes = {key: convert(value) for key, value in node.attributes.items()}
    same = all(new is old for new, old in zip(inputs, node.inputs, strict=True))
    has_value = node.known or not all(each.known for each in inputs)
    if same and has_value and attributes == node.attributes:
        return node
    with made_for(node.origin):
        new = apply(node.primitive, *inputs, **attributes)
    new.name = node.name
    return new


def in_double_precision(outputs: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    """Return the map of `rebuild` with every float32 leaf and conversion in float64.

    Float32 leaves become inputs with the same values; constants and untrained parameters stay of
    their kind. The leaves of scan bodies are converted too. The old graph is not changed.
    """
    leaves = {
        node: _double_leaf(node)
        for node in topological_order(outputs)
        if node.primitive is None and node.dtype == float32
    }
    return rebuild(outputs, leaves, _double_attribute)


def _double_leaf(leaf: Tensor) -> Tensor:
    held = leaf.stored if isinstance(leaf, Parameter) else leaf.peek() if leaf.known else None
    value = None if held is None else held.astype(float64)
    double = _leaf_like(leaf, value)
    double.origin = leaf.origin
    return double


def _leaf_like(leaf: Tensor, value: Array | None) -> Tensor:
    if value is not None and isinstance(leaf, Constant):
        return Constant(value, leaf.name)
    if value is not None and isinstance(leaf, Parameter) and not leaf.trainable:
        return Parameter(value, leaf.name or "state", trainable=False)
    return Input(leaf.name or "leaf", leaf.shape, float64, value)


def _double_attribute(attribute: Any) -> Any:
    if isinstance(attribute, Body):
        made = in_double_precision([*attribute.placeholders, *attribute.results])
        return attribute.exchanged(made)
    is_float32 = isinstance(attribute, np.dtype) and attribute == float32
    return float64 if is_float32 else attribute
