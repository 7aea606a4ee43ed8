"""The vitals of gates: how large values and gradients are, and what became of the units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.graph import Array, Constant, Tensor
from chainrule.train.doctor.exam import GateVitals
from chainrule.train.doctor.view import View

_FLAT = 0.04  # of the largest slope
_SHAPING = "shaping"


def gate_vitals(view: View) -> Iterator[GateVitals]:
    """Give the vitals of every gate that gradient reaches, but those that only shape."""
    seen: Counter[str] = Counter()
    for repeated, nodes in view.groups():
        if repeated.primitive is None or repeated.primitive.family == _SHAPING:
            continue
        role = _role(view, nodes[0])
        name = _name(repeated, role, seen)
        values = [view.values[each] for each in nodes]
        arriving = [view.upstream[each] for each in nodes]
        size, gradient = norm(values) / np.sqrt(max(1, sum(map(np.size, values)))), norm(arriving)
        told = (name, str(repeated.origin), role, float(size), gradient, len(nodes))
        yield GateVitals(*told, *_of_units(view, role, nodes))


@np.errstate(all="ignore")
def norm(arrays: Sequence[Array]) -> float:
    """Return the Euclidean length of all elements of all arrays."""
    return float(np.sqrt(sum(np.sum(np.square(each, dtype=np.float64)) for each in arrays)))


def _name(gate: Tensor, role: str, seen: Counter[str]) -> str:
    path, kind = gate.origin.path, gate.kind if role in ("", "layer") else role
    name = path if path.endswith(kind) else f"{path}.{kind}" if path else kind
    seen[name] += 1
    return name if seen[name] == 1 else f"{name} ({seen[name]})"


def _role(view: View, node: Tensor) -> str:
    if view.is_layer(node):
        return "layer"
    activation = _activation(node)
    return activation if node in view.hidden and not _is_factor(view, node) else ""


def _activation(node: Tensor) -> str:
    if node.kind == "maximum":
        is_relu = any(isinstance(each, Constant) and _is_zero(each) for each in node.inputs)
        return "relu" if is_relu else ""
    return node.kind if node.kind in ("sigmoid", "tanh") else ""


def _is_zero(constant: Constant) -> bool:
    return constant.size == 1 and constant.item() == 0


def _is_factor(view: View, node: Tensor) -> bool:
    """Say whether the value opens and closes something, as the gates of an LSTM do."""
    for user in view.users[node]:
        others = [each for each in user.inputs if each is not node]
        if user.kind == "multiply" and any(each in view.upstream for each in others):
            return True
        only_shifts = user.kind in ("add", "subtract", "multiply")
        if only_shifts and all(isinstance(each, Constant) for each in others):
            return _is_factor(view, user)
    return False


def _of_units(view: View, role: str, nodes: Sequence[Tensor]) -> tuple[int, float, float, float]:
    """Return the number of units of an activation, and the shares of dead, saturated, twins."""
    if role in ("", "layer"):
        return 0, 0.0, 0.0, 0.0
    axis = _unit_axis(view, nodes[0])
    values = _by_unit([view.values[each] for each in nodes], axis)
    units = values.shape[1]
    if not values.size:
        return units, 0.0, 0.0, 0.0
    dead = float(np.mean(np.all(values == 0, axis=0))) if role == "relu" else 0.0
    return units, dead, _saturated(role, values), _twins(view, nodes[0])


def _entering(node: Tensor) -> Tensor:
    """Return what an activation is applied to."""
    if node.kind == "sigmoid":
        return node.inputs[1]
    return next(each for each in node.inputs if not isinstance(each, Constant))


def _unit_axis(view: View, node: Tensor) -> int:
    """Return the axis, from the end, along which a bias differs; without one that of features."""
    before = _entering(node)
    for each in before.inputs:
        if each.kind != "constant" and each is not before and _is_bias(view, each):
            return int(np.argmax(each.shape)) - each.ndim
    return -3 if node.ndim >= 4 else -1


def _is_bias(view: View, node: Tensor) -> bool:
    leaves = [node, *node.inputs]
    from_parameter = any(each.kind == "parameter" for each in leaves) or node in view.weights
    return from_parameter and node.ndim > 0 and max(node.shape) == node.size


def _by_unit(values: Sequence[Array], axis: int) -> Array:
    """Return a matrix whose columns are units, and whose rows are all that is said of them."""
    rows = [np.moveaxis(each, axis, -1).reshape(-1, each.shape[axis]) for each in values]
    return np.concatenate(rows)


def _saturated(role: str, values: Array) -> float:
    if role == "sigmoid":
        return float(np.mean(4 * values * (1 - values) < _FLAT))
    return float(np.mean(1 - values * values < _FLAT)) if role == "tanh" else 0.0


def _twins(view: View, node: Tensor) -> float:
    """Return the share of units whose weights, in the layer before, are those of another unit."""
    layer: Tensor | None = _entering(node)
    while layer is not None and not view.is_layer(layer):
        layer = next((each for each in layer.inputs if each in view.upstream), None)
    if layer is None:
        return 0.0
    left, right = layer.inputs
    weight = view.values[right].T if right in view.weights else view.values[left]
    units = weight.reshape(weight.shape[0], -1) if weight.ndim == 2 else weight.reshape(-1, 1)
    _, counts = np.unique(units, axis=0, return_counts=True)
    return float(counts[counts > 1].sum() / len(units)) if len(units) > 1 else 0.0
