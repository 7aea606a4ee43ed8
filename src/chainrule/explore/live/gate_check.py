"""Central differences of one gate: what it sends to its inputs, measured in float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from chainrule.explore.live.checked_elements import Kept, checked_positions
from chainrule.explore.record import Record
from chainrule.grad import Verdict, gradients
from chainrule.grad.check import findings_along
from chainrule.grad.differences import Probe
from chainrule.graph import (
    Array,
    Constant,
    Input,
    Tensor,
    apply,
    evaluate,
    in_double_precision,
    rebuild,
    topological_order,
)
from chainrule.http.refusal import RefusedRequest
from chainrule.ops import OWN_BACKWARD

TOLERANCE = 1e-5
_MOST = 64  # elements of an input
_MOST_WORK = 1 << 24  # elements that are computed again for an input


@dataclass(frozen=True, eq=False)
class InputCheck:
    """The comparison of the gradient that a gate sends to one input with central differences.

    kept        the checked positions per axis
    numeric     the measured derivatives at the grid of these, NaN where none could be measured
    formula     the derivatives of the formula there
    difference  the largest relative difference away from kinks
    """

    to: Tensor
    kept: Kept
    numeric: Array
    formula: Array
    difference: float
    agrees: bool
    says: str


def check_gate(record: Record, node: Tensor) -> list[InputCheck]:
    """Return a comparison per input that gets a gradient, at the numbers of a run.

    The gate is computed in float64 on the values of its inputs; its upstream gradient weights its
    elements. Raises RefusedRequest (422) for a node that sends no gradient.
    """
    positions = [i for i in range(len(node.inputs)) if (node, i) in record.downstream]
    if node.primitive is None or not positions:
        raise RefusedRequest(
            422,
            "no_gradient",
            f"{record.names[node]!r} was to be checked, but it sends a gradient to no input. "
            "Choose a gate with a gradient.",
        )
    total, leaves = _weighted_gate(record, node)
    values = evaluate([total], {})
    found = gradients(total, [leaves[i] for i in positions])
    return [
        _checked(record, node, i, Probe(total, leaves[i], values), gradient)
        for i, gradient in zip(positions, found, strict=True)
    ]


def _weighted_gate(record: Record, node: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Return the sum of upstream gradient times value in float64, and its inputs."""
    leaves: list[Tensor] = [
        Input(f"input {i}", each.shape, each.dtype, record.values[each])
        for i, each in enumerate(node.inputs)
    ]
    gate = _gate_of(node, leaves)
    double = in_double_precision([gate, *leaves])
    upstream = Constant(record.upstream[node].astype(np.float64))
    return (double[gate] * upstream).sum(), [double[each] for each in leaves]


def _gate_of(node: Tensor, leaves: Sequence[Tensor]) -> Tensor:
    """Return the gate applied to leaves; of one with its own backward, what it computes from them.

    Such a gate has the value of its first input, which is made of its operands; the last inputs are
    values on the way, which its backward reads.
    """
    assert node.primitive is not None
    if node.primitive is OWN_BACKWARD:
        end = len(node.inputs) - len(node.attributes["kept"])
        return rebuild([node], dict(zip(node.inputs[1:end], leaves[1:end], strict=True)))[node]
    return apply(node.primitive, *leaves, **node.attributes)


def _checked(
    record: Record, node: Tensor, position: int, probe: Probe, gradient: Tensor | None
) -> InputCheck:
    formula = np.zeros(probe.point.shape) if gradient is None else gradient.read()
    work = sum(each.size for each in topological_order([probe.output]))
    kept = checked_positions(formula, max(2, min(_MOST, _MOST_WORK // max(1, work))))
    found = list(findings_along(probe, gradient, _units(probe.point, kept), TOLERANCE))
    verdict = Verdict(node, node.label, tuple(found), TOLERANCE)
    by_place = {each.where: each.numeric for each in found}
    places = product(*kept)
    numeric = np.array([by_place.get(_where(each), np.nan) for each in places], np.float64)
    extents = [len(each) for each in kept]
    to = node.inputs[position]
    return InputCheck(
        to,
        kept,
        numeric.reshape(extents),
        formula[np.ix_(*kept)] if kept else formula,
        verdict.error,
        verdict.ok,
        _sentence(record, to, verdict),
    )


def _units(point: Array, kept: Kept) -> Iterator[tuple[str, Array]]:
    """Yield a unit vector per position of the grid."""
    for place in product(*kept):
        direction = np.zeros(point.shape)
        direction[place] = 1.0
        yield _where(place), direction


def _where(place: Sequence[int]) -> str:
    return str(list(place))


def _sentence(record: Record, to: Tensor, verdict: Verdict) -> str:
    name, smooth, kinks = record.names[to], verdict.smooth, verdict.kinks
    if not smooth and not kinks:
        return f"No derivative with respect to {name} could be measured: its domain ends here."
    if not smooth:
        return (
            f"{_elements(len(kinks))} of {name} on a kink, where no derivative exists: {kinks[0]}."
        )
    if not verdict.ok:
        return f"The gradient that is sent to {name} is wrong at {smooth[0]}."
    text = (
        f"The gradient that is sent to {name} agrees with central differences in float64 at "
        f"{_elements(len(smooth))}: the largest relative difference is {verdict.error:.1e}."
    )
    return text if not kinks else f"{text} {len(kinks)} on a kink are not counted: {kinks[0]}."


def _elements(count: int) -> str:
    return f"{count} element{'s' * (count != 1)}"
