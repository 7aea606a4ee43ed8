"""Comparison of gradients with central differences, in float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from chainrule.explore.record import Record
from chainrule.grad.differences import Difference, Probe
from chainrule.graph import Array, Constant, Tensor, evaluate, in_double_precision, rebuild
from chainrule.ops import add, stop_gradient

_EVERY_ELEMENT = 20
_NOISE_MARGIN = 1e5
_TINY = 1e-300
_TOLERANCE = 1e-5


@dataclass(frozen=True)
class LineCheck:
    """The comparison of a gradient with central differences.

    error      the difference, relative to the larger of the two

    kink       whether the point lies on a kink, where no derivative exists
    direction  whether it was compared along one random direction, not element by element
    """

    error: float
    kink: bool
    direction: bool

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance, or the point lies on a kink."""
        return self.kink or self.error <= _TOLERANCE

    @property
    def starred(self) -> bool:
        """Whether it is marked with a star: it was compared along a random direction."""
        return self.direction and not self.kink

    def __str__(self) -> str:
        if self.kink:
            return "~ on a kink"
        mark = "✓" if self.ok else "✗"
        return f"{mark} {self.error:.0e}" + (" *" if self.starred else "")


def verify(record: Record, gradients: Mapping[Tensor, Tensor]) -> dict[Tensor, LineCheck]:
    """Return the check of the gradient of each node, gates included.

    gradients  maps nodes to the expressions that are printed as their gradients

    Expressions are evaluated in float64. The output is differenced with respect to the node element
    by element, or along one fixed random direction if the node has more than 20 elements.
    """
    total = _weighed(record)
    double = in_double_precision([total, *gradients, *gradients.values()])
    bound = {double[leaf]: _widened(leaf, value) for leaf, value in _given(record).items()}
    values = evaluate(list(double.values()), bound)
    steady = _without_stops(double[total], values)
    at = {steady[node]: value for node, value in values.items() if node in steady}
    return {
        node: _line_check(
            Probe(steady[double[total]], steady.get(double[node], double[node]), {**values, **at}),
            values[double[gradient]],
        )
        for node, gradient in gradients.items()
    }


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


def _line_check(probe: Probe, gradient: Array) -> LineCheck:
    compared = [
        (probe.difference(each), float((gradient * each).sum())) for each in _along(gradient)
    ]
    smooth = [_error(measured, derived) for measured, derived in compared if measured.kink is None]
    return LineCheck(
        max(smooth, default=0.0),
        kink=bool(compared) and not smooth,
        direction=gradient.size > _EVERY_ELEMENT,
    )


def _along(gradient: Array) -> Iterator[Array]:
    if gradient.size > _EVERY_ELEMENT:
        direction = np.asarray(np.random.default_rng(0).standard_normal(gradient.shape))
        yield np.asarray(direction / np.linalg.norm(direction))
        return
    for position in np.ndindex(gradient.shape):
        element = np.zeros(gradient.shape)
        element[position] = 1.0
        yield element


def _error(measured: Difference, derived: float) -> float:
    """Return the relative error; its denominator is at least what rounding explains."""
    larger = max(abs(measured.value), abs(derived), measured.noise * _NOISE_MARGIN, _TINY)
    return abs(measured.value - derived) / larger
