"""Equal layers of a stack: calls of modules that compute the same with parameters of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from chainrule.graph.origin import Scope
from chainrule.graph.tensor import Constant, Tensor

_LEAST = 3


@dataclass(frozen=True, eq=False)
class StackedLayer:
    """One layer of a stack, such as `layers.2`.

    scope  the call of the layer
    gates  the gates made in it
    own    the inputs and parameters that no other gate reads, in the order in which they are read
    """

    scope: Scope
    gates: tuple[Tensor, ...]
    own: tuple[Tensor, ...]

    @property
    def path(self) -> str:
        """The path of the layer in its model."""
        return self.scope.path or ""


def equal_layers(order: Sequence[Tensor]) -> list[tuple[StackedLayer, ...]]:
    """Return the stacks of three or more equal layers, each with its layers in order.

    order  all nodes of a graph, inputs before their gates

    Layers are equal if they are consecutive items of one list or `Sequential`, consist of layers,
    have parameters of their own, and make the same gates of the same operands. A stack within an
    equal layer of another is not listed.
    """
    runs = (
        tuple(layer for _, layer in run)
        for form, run in groupby(enumerate(_layers(order)), _form)
        if form is not None
    )
    stacks = [run for run in runs if len(run) >= _LEAST]
    inside = {each.scope.serial for run in stacks for each in run}
    return [run for run in stacks if inside.isdisjoint(_around(run[0]))]


def _layers(order: Sequence[Tensor]) -> list[StackedLayer]:
    """Return the calls of items of lists, those of one list after another."""
    readers: dict[Tensor, list[Tensor]] = {}
    calls: dict[Scope, list[Tensor]] = {}
    for node in order:
        for each in node.inputs:
            readers.setdefault(each, []).append(node)
        for scope in node.origin.scope if node.primitive is not None else ():
            if scope.kind and _parts(scope)[1].isdecimal():
                calls.setdefault(scope, []).append(node)
    found = [
        StackedLayer(scope, tuple(gates), tuple(_own(gates, readers)))
        for scope, gates in calls.items()
    ]
    return sorted(found, key=lambda each: _parts(each.scope)[0])


def _own(gates: Sequence[Tensor], readers: dict[Tensor, list[Tensor]]) -> Iterator[Tensor]:
    inside = set(gates)
    for leaf in dict.fromkeys(each for gate in gates for each in gate.inputs):
        is_leaf = leaf.primitive is None and not isinstance(leaf, Constant)
        if is_leaf and inside.issuperset(readers[leaf]):
            yield leaf


def _form(numbered: tuple[int, StackedLayer]) -> Any:
    """Return what consecutive equal layers have in common; None for a call that is not folded."""
    place, layer = numbered
    around, number = _parts(layer.scope)
    if not layer.own or not _consists_of_layers(layer):
        return None
    places: dict[Tensor, Any] = {leaf: _place(layer, leaf) for leaf in layer.own}
    gates = []
    for gate in layer.gates:
        for each in gate.inputs:
            places.setdefault(each, _outside(each, len(places)))
        attributes = tuple((key, _comparable(each)) for key, each in gate.attributes.items())
        operands = tuple(places[each] for each in gate.inputs)
        gates.append((gate.primitive, gate.shape, gate.dtype, attributes, operands))
        places[gate] = len(gates)
    return around, int(number) - place, layer.scope.kind, tuple(gates)


def _place(layer: StackedLayer, leaf: Tensor) -> Any:
    return str(leaf.name).removeprefix(layer.path), leaf.shape, leaf.dtype


def _outside(node: Tensor, number: int) -> Any:
    """Return how a node is known that the layer reads and does not make."""
    if isinstance(node, Constant) and node.size == 1:
        return "number", node.shape, node.dtype, repr(node.peek().item())
    return "operand", number, node.shape, node.dtype


def _comparable(attribute: Any) -> Any:
    """Return what is equal for equal attributes; a body or array equals itself alone."""
    plain = (int, float, str, tuple, np.dtype, type(None))
    return repr(attribute) if isinstance(attribute, plain) else id(attribute)


def _consists_of_layers(layer: StackedLayer) -> bool:
    """Return whether most gates are made in modules within the layer."""
    inside = sum(any(each.kind for each in _within(layer, gate)) for gate in layer.gates)
    return 2 * inside >= len(layer.gates)


def _within(layer: StackedLayer, gate: Tensor) -> tuple[Scope, ...]:
    scopes = gate.origin.scope
    return scopes[scopes.index(layer.scope) + 1 :]


def _around(layer: StackedLayer) -> set[int]:
    scopes = layer.gates[0].origin.scope
    return {each.serial for each in scopes[: scopes.index(layer.scope)]}


def _parts(scope: Scope) -> tuple[str, str]:
    around, _, name = (scope.path or "").rpartition(".")
    return around, name
