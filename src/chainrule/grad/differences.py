"""Central differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array, Tensor, depending_on, evaluate_in_order, topological_order
from chainrule.ops import stop_gradient

STEP = 6e-6
"""The cube root of the float64 machine epsilon, which balances truncation and rounding errors."""

_FINE_STEP = 6e-9


@dataclass(frozen=True)
class Difference:
    """A measured directional derivative.

    value        (f(x + h d) - f(x - h d)) / 2h
    noise        its rounding error, if the terms of f are no larger than f
    step         h
    kink         a gate with different branches at the two points, for every step size, or None
    left, right  the one-sided derivatives
    """

    value: float
    noise: float
    step: float
    kink: Tensor | None
    left: float
    right: float


class Probe:
    """Evaluates a graph near a point as a function of the value of one node."""

    def __init__(self, output: Tensor, moved: Tensor, values: dict[Tensor, Array]) -> None:
        """Prepare the evaluation of `output` as a function of `moved`.

        values  the values of all nodes at the point
        """
        self.output, self.moved, self.values = output, moved, values
        order = topological_order([output])
        dependent = depending_on(_without_stops(order), [moved]) - {moved}
        self.point = values[moved]
        self.still = {node: values[node] for node in order if node not in dependent}
        self.base = values[output]
        self._order = topological_order([output], without={**self.still, moved: self.point})
        self.branching = [
            node for node in self._order if node.primitive is not None and node.primitive.branch
        ]

    def at(self, point: Array) -> tuple[Array, list[Array]]:
        """Return the output at `point`, and the branches of every gate that has branches."""
        values = evaluate_in_order(self._order, {**self.still, self.moved: point})
        return values[self.output], [branch_of(node, values) for node in self.branching]

    def difference(self, direction: Array) -> Difference:
        """Return the derivative of the sum of the output along `direction`.

        The step is reduced if a gate has different branches at the two points.
        """
        for step in (STEP, _FINE_STEP):
            found = self._difference(direction, step * max(1.0, self._largest_moved(direction)))
            if found.kink is None:
                return found
        return found

    def _largest_moved(self, direction: Array) -> float:
        """Return the largest magnitude among the elements that a direction moves."""
        return float(np.abs(self.point[direction != 0]).max(initial=0))

    def _difference(self, direction: Array, step: float) -> Difference:
        """Return the central difference along `direction` for one step size."""
        above, branches_above = self.at(self.point + step * direction)
        below, branches_below = self.at(self.point - step * direction)
        kinks = (
            node
            for node, a, b in zip(self.branching, branches_above, branches_below, strict=True)
            if not np.array_equal(a, b)
        )
        size = max(float(np.abs(each).sum()) for each in (above, below, self.base))
        with np.errstate(invalid="ignore"):
            return Difference(
                value=float((above - below).sum()) / (2 * step),
                noise=8 * float(np.finfo(np.float64).eps) * size / step,
                step=step,
                kink=next(kinks, None),
                left=float((self.base - below).sum()) / step,
                right=float((above - self.base).sum()) / step,
            )


def _without_stops(order: list[Tensor]) -> list[Tensor]:
    """Return the nodes without `stop_gradient`, whose output has the derivative zero."""
    return [node for node in order if node.primitive is not stop_gradient]


def branch_of(node: Tensor, values: dict[Tensor, Array]) -> Array:
    """Return the branch of a gate: an array that identifies the smooth pieces in use."""
    assert node.primitive is not None
    assert node.primitive.branch is not None
    with np.errstate(all="ignore"):
        arrays = [values[each] for each in node.inputs]
        return np.asarray(node.primitive.branch(*arrays, **node.attributes))
