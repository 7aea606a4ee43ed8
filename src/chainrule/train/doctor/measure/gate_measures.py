"""The measurements of gates: sizes of values and gradients, dead and saturated units."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from chainrule.explore.number_text import norm
from chainrule.graph import Array, Constant, Tensor
from chainrule.train.doctor.exam import GateMeasures
from chainrule.train.doctor.measure.batch_graph import BatchGraph

_FLAT = 0.04  # of the maximal slope
_ENOUGH = 8  # values of a unit that have to be 0 before it counts as dead
_SHAPING = "shaping"


def gate_measures(graph: BatchGraph) -> Iterator[GateMeasures]:
    """Yield the measurements of every gate with an upstream gradient, except shape changes."""
    seen: Counter[str] = Counter()
    for repeated, nodes in graph.groups():
        if repeated.primitive is None or repeated.primitive.family == _SHAPING:
            continue
        role = _role(graph, nodes)
        size = length(nodes) / math.sqrt(max(1, sum(each.size for each in nodes)))
        yield GateMeasures(
            _name(repeated, role, seen),
            str(repeated.origin),
            role,
            size,
            length([graph.upstream[each] for each in nodes]),
            len(nodes),
            nodes[0] not in graph.hidden,
            *_of_units(graph, role, nodes),
        )


def length(tensors: Iterable[Tensor]) -> float:
    """Return the Euclidean length of all elements of all tensors."""
    return math.hypot(*(norm(each.peek()) for each in tensors))


def gate_path(gate: Tensor, kind: str) -> str:
    """Return the path of the module that made a gate and the kind of the gate, such as "0.matmul".

    The path begins like the names of the parameters, without the class of the model.
    """
    path = gate.origin.path
    return path if path.endswith(kind) else f"{path}.{kind}" if path else kind


def _name(gate: Tensor, role: str, seen: Counter[str]) -> str:
    name = gate_path(gate, gate.kind if role in ("", "layer") else role)
    seen[name] += 1
    return name if seen[name] == 1 else f"{name} ({seen[name]})"


def _role(graph: BatchGraph, nodes: Sequence[Tensor]) -> str:
    """Return the role of a gate; in a scan, by the users of its last step."""
    first, last = nodes[0], nodes[-1]
    if graph.is_layer(first):
        return "layer"
    activation = _activation(first)
    if activation == "relu":
        return activation if first in graph.hidden else ""
    return "" if _is_factor(graph, last) else activation


def _activation(node: Tensor) -> str:
    if node.kind == "maximum":
        is_relu = any(isinstance(each, Constant) and _is_zero(each) for each in node.inputs)
        return "relu" if is_relu else ""
    return node.kind if node.kind in ("sigmoid", "tanh") else ""


def _is_zero(constant: Constant) -> bool:
    return constant.size == 1 and constant.item() == 0


def _is_factor(graph: BatchGraph, node: Tensor) -> bool:
    """Return whether the value is a factor of another value, as the gates of an LSTM are.

    It is one if it, or it plus constants, is multiplied by the value of another gate.
    """
    shifted: Tensor | None = node
    while shifted is not None:
        node, shifted = shifted, None
        for user in graph.users[node]:
            others = [each for each in user.inputs if each is not node]
            if user.kind == "multiply" and any(_is_moving_gate(graph, each) for each in others):
                return True
            if user.kind in ("add", "subtract", "multiply") and all(map(_is_constant, others)):
                shifted = user
                break
    return False


def _is_constant(node: Tensor) -> bool:
    return isinstance(node, Constant)


def _is_moving_gate(graph: BatchGraph, node: Tensor) -> bool:
    return node.primitive is not None and node in graph.upstream


def _of_units(
    graph: BatchGraph, role: str, nodes: Sequence[Tensor]
) -> tuple[int, float, float, float]:
    """Return the number of units of an activation, the shares of dead, saturated, equal ones."""
    if role in ("", "layer"):
        return 0, 0.0, 0.0, 0.0
    layer = _layer_before(graph, nodes[0])
    values = _by_unit(nodes, -1 if layer is None else _unit_axis(graph, layer))
    units = values.shape[1]
    if not values.size:
        return units, 0.0, 0.0, 0.0
    says_dead = role == "relu" and len(values) >= _ENOUGH
    dead = float(np.mean(np.all(values == 0, axis=0))) if says_dead else 0.0
    twins = 0.0 if layer is None else _twins(graph, layer)
    return units, dead, _saturated(role, values), twins


def _entering(node: Tensor) -> Tensor:
    """Return the input of an activation."""
    if node.kind == "sigmoid":
        return node.inputs[1]
    return next(each for each in node.inputs if not isinstance(each, Constant))


def _layer_before(graph: BatchGraph, activation: Tensor) -> Tensor | None:
    """Return the layer before an activation, None without one."""
    node: Tensor | None = _entering(activation)
    while node is not None and not graph.is_layer(node):
        node = next((each for each in node.inputs if _is_moving_gate(graph, each)), None)
    return node


def _unit_axis(graph: BatchGraph, layer: Tensor) -> int:
    """Return the axis of the units, from the end; filters over n axes have it before these n."""
    weight = next(each for each in layer.inputs if each in graph.weights)
    return 1 - graph.parameter_of(weight).ndim


def _by_unit(nodes: Sequence[Tensor], axis: int) -> Array:
    """Return values as a matrix with a column per unit and a row per sample, step and place."""
    at = axis if nodes[0].ndim >= -axis else -1
    rows = [np.moveaxis(each.peek(), at, -1).reshape(-1, each.shape[at]) for each in nodes]
    return np.concatenate(rows)


def _saturated(role: str, values: Array) -> float:
    if role == "sigmoid":
        return float(np.mean(4 * values * (1 - values) < _FLAT))
    return float(np.mean(1 - values * values < _FLAT)) if role == "tanh" else 0.0


def _twins(graph: BatchGraph, layer: Tensor) -> float:
    """Return the share of units of a layer whose weights equal those of another unit."""
    left, right = layer.inputs
    weight = np.swapaxes(right.peek(), -1, -2) if right in graph.weights else left.peek()
    units = weight.reshape(-1, weight.shape[-1])
    _, counts = np.unique(units, axis=0, return_counts=True)
    return float(counts[counts > 1].sum() / len(units)) if len(units) > 1 else 0.0
