"""A run of a graph in float64, and central differences of its objective and of its gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, reduce

import numpy as np

from chainrule.explore.record import Record
from chainrule.grad.differences import Probe
from chainrule.grad.rounding import Rounding
from chainrule.graph import (
    Array,
    Constant,
    Input,
    Tensor,
    evaluate,
    in_double_precision,
    rebuild,
)
from chainrule.ops import add, stop_gradient


class DoublePrecision:
    """The numbers of a graph in float64, and its objective as a function of any node.

    gradients  expressions that are evaluated too
    """

    def __init__(self, record: Record, gradients: Iterable[Tensor]) -> None:
        total = _weighed(record)
        double = in_double_precision([total, *record.order, *gradients])
        bound = {double[leaf]: _widened(leaf, value) for leaf, value in _given(record).items()}
        values = evaluate(list(double.values()), bound)
        steady = _without_stops(double[total], values)
        at = {steady[node]: value for node, value in values.items() if node in steady}
        self._double, self._steady = double, steady
        self._total = steady[double[total]]
        self._values = {**values, **at}

    def __getitem__(self, node: Tensor) -> Array:
        """Return the value of a node, or of a gradient."""
        return self._values[self._double[node]]

    @cached_property
    def values(self) -> Mapping[Tensor, Array]:
        """The values of all nodes and gradients."""
        return {node: self._values[each] for node, each in self._double.items()}

    def objective(self, node: Tensor) -> Probe:
        """Return the objective as a function of a node."""
        double = self._double[node]
        return Probe(self._total, self._steady.get(double, double), self._values)

    def along(
        self, directions: Mapping[Tensor, Array], gradients: Mapping[Tensor, Tensor]
    ) -> tuple[Probe, float, Rounding]:
        """Return the objective as a function of the way along directions of several leaves.

        With it come its slope, as the gradients of the leaves give it, and rounding errors.
        """
        way = Input("way", (), np.dtype(np.float64), np.zeros(()))
        steady = {
            leaf: self._steady.get(self._double[leaf], self._double[leaf]) for leaf in directions
        }
        moved = {steady[leaf]: steady[leaf] + way * Constant(d) for leaf, d in directions.items()}
        terms = [
            (self._double[gradients[leaf]] * Constant(d)).sum() for leaf, d in directions.items()
        ]
        slope = reduce(add, terms)
        total = rebuild([self._total], moved)[self._total]
        values = evaluate([total, slope], {**self._values, way: np.zeros(())})
        probe = Probe(total, way, values)
        return probe, float(values[slope]), Rounding(probe, slope, values)

    def rounding(self, node: Tensor, gradient: Tensor) -> Rounding:
        """Return the rounding errors of the objective and of the gradient of a node."""
        return Rounding(self.objective(node), self._double[gradient], self._values)

    def gate(self, result: Tensor, operands: Iterable[Tensor], moved: Tensor) -> Probe:
        """Return a gate, or folded call, as a function of one operand; the others stay.

        operands  the nodes that the gate, or the call, reads
        """
        double = self._double
        fixed = {
            double[each]: Input("operand", each.shape, self[each].dtype, self[each])
            for each in operands
        }
        made = rebuild([double[result]], fixed)
        values = evaluate(list(dict.fromkeys(made.values())), {x: x.read() for x in fixed.values()})
        return Probe(made[double[result]], fixed[double[moved]], values)


def _weighed(record: Record) -> Tensor:
    """Return the scalar whose gradient the sweep computes."""
    assert record.backward is not None
    pairs = record.backward.seeds.items()
    return reduce(add, [(output * seed).sum() for output, seed in pairs])


def _given(record: Record) -> dict[Tensor, Array]:
    assert record.backward is not None
    leaves = {leaf: record.values[leaf] for leaf in record.leaves if leaf in record.values}
    return leaves | {record.backward.seeds[each]: seed for each, seed in record.seeds.items()}


def _widened(leaf: Tensor, value: Array) -> Array:
    return value.astype(np.float64) if leaf.dtype.kind == "f" else value


def _without_stops(total: Tensor, values: Mapping[Tensor, Array]) -> dict[Tensor, Tensor]:
    """Replace the values of stop_gradient by constants, as the user asked for."""
    stopped = {
        node: Constant(np.array(value))
        for node, value in values.items()
        if node.primitive is stop_gradient
    }
    return rebuild([total], stopped)
