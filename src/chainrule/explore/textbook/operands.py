"""The operands of a call in the graph: which node is the prediction, which the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any

from chainrule.explore.structure.fold import Unit
from chainrule.graph import Tensor
from chainrule.ops import OWN_BACKWARD

Nodes = tuple[Tensor, Tensor]


def function_of(unit: Unit) -> tuple[str, Mapping[str, Any]]:
    """Return the name of the function that a unit is a call of, and the call's options."""
    if unit.scope is None:
        return unit.result.kind, {}
    scopes = [node.origin.scope[len(unit.around) :] for node in unit.nodes]
    shared = takewhile(
        lambda each: len({scope.serial for scope in each}) == 1, zip(*scopes, strict=False)
    )
    own = [each[0] for each in shared][-1]
    name = own.kind if own.kind and own.label.isdigit() else own.label
    return name, dict(own.options)


def operands_of(name: str, unit: Unit) -> Nodes | None:
    """Return the prediction and the target of a call of a loss; None if they are not found.

    Both may be nodes inside the unit, such as a converted target.
    """
    reader = _READERS.get(name)
    return reader(unit) if reader is not None else None


def gate_of(unit: Unit, kind: str, last: bool = False) -> Tensor | None:
    """Return the first gate of a kind in a unit, or the last."""
    nodes = reversed(unit.nodes) if last else iter(unit.nodes)
    return next((each for each in nodes if each.kind == kind), None)


def _difference(unit: Unit) -> Nodes | None:
    found = gate_of(unit, "subtract")
    return None if found is None else (found.inputs[0], found.inputs[1])


def _margin(unit: Unit) -> Nodes | None:
    found = _difference(unit)
    return None if found is None else found[::-1]


def _of_scores(unit: Unit) -> Nodes | None:
    """Return scores and targets of the binary cross-entropy."""
    first, second = (gate_of(unit, "softplus", last) for last in (False, True))
    if first is None or second is None or second.primitive is not OWN_BACKWARD:
        return None
    products = (each for each in unit.nodes if each.kind == "multiply")
    product = next((each for each in products if second in set(each.inputs)), None)
    if product is None:
        return None
    targets = next((each for each in product.inputs if each is not second), None)
    return None if targets is None else (first.inputs[1], targets)


def _labelled(unit: Unit) -> Nodes | None:
    """Return scores and labels of a loss that reads the score of the label first."""
    found = gate_of(unit, "take_along_axis")
    return None if found is None else (found.inputs[0], found.inputs[1])


def _classified(unit: Unit) -> Nodes | None:
    """Return scores, and labels or probabilities, of the cross-entropy."""
    logs = gate_of(unit, "log_softmax", last=True)
    if logs is None:
        return None
    labelled = _labelled(unit)
    if labelled is not None:
        return logs.inputs[1], labelled[1]
    product = gate_of(unit, "multiply", last=True)
    return None if product is None else (logs.inputs[1], product.inputs[1])


def _compared_logs(unit: Unit) -> Nodes | None:
    """Return log-probabilities and targets of the Kullback-Leibler divergence."""
    chosen, product = gate_of(unit, "where", last=True), gate_of(unit, "multiply", last=True)
    if chosen is None or product is None:
        return None
    return chosen.inputs[1], product.inputs[0]


_READERS: Mapping[str, Callable[[Unit], Nodes | None]] = {
    "squared_error": _difference,
    "absolute_error": _difference,
    "huber": _difference,
    "max_margin": _margin,
    "binary_cross_entropy": _of_scores,
    "kl_divergence": _compared_logs,
    "cross_entropy": _classified,
    "negative_log_likelihood": _labelled,
    "hinge": _labelled,
}
