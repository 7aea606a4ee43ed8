"""Comparison of gradients with central differences, in float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from chainrule.explore.derive.double_precision import DoublePrecision
from chainrule.grad.differences import Difference, Probe
from chainrule.grad.rounding import Rounding
from chainrule.graph import Array, Tensor

_EVERY_ELEMENT = 20
_NOISE_MARGIN = 1e5
_TINY = 1e-300
_FAR = 1e20
"""Elements such as the scores of masked keys, whose step would reach all others."""
_TOLERANCE = 1e-5


@dataclass(frozen=True)
class LineCheck:
    """The comparison of a line with central differences, or of two formulas.

    error      the difference, relative to the larger of the two

    kink       whether the point lies on a kink, where no derivative exists
    direction  whether it was compared along one random direction, not element by element
    sampled    whether some elements were compared, not all
    """

    error: float
    kink: bool
    direction: bool
    sampled: bool = False

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
        error = f"{self.error:.0e}" if self.error else "0"
        return f"{mark} {error}" + (" *" if self.starred else " +" if self.sampled else "")


def verify(double: DoublePrecision, gradients: Mapping[Tensor, Tensor]) -> dict[Tensor, LineCheck]:
    """Return the check of the gradient of each node, gates included.

    gradients  maps nodes to the expressions that are printed as their gradients

    The output is differenced with respect to the node element by element, or along one fixed random
    direction if the node has more than 20 elements.
    """
    return {
        node: _line_check(double.objective(node), double[gradient], double.rounding(node, gradient))
        for node, gradient in gradients.items()
    }


def _line_check(probe: Probe, gradient: Array, rounding: Rounding) -> LineCheck:
    can_move = np.abs(probe.point) < _FAR
    directions = list(_along(can_move))
    compared = [(probe.difference(each), each) for each in directions]
    smooth = [
        _error(measured, float((gradient * each).sum()), rounding, each)
        for measured, each in compared
        if measured.kink is None
    ]
    return LineCheck(
        max(smooth, default=0.0),
        kink=bool(directions) and not smooth,
        direction=gradient.size > _EVERY_ELEMENT,
    )


def verify_together(double: DoublePrecision, gradients: Mapping[Tensor, Tensor]) -> LineCheck:
    """Return one check of the gradients of several leaves, which are moved together.

    The direction is random, and as long in every leaf as in any other.
    """
    directions = {node: _random(np.abs(double[node]) < _FAR) for node in gradients}
    probe, slope, rounding = double.along(directions, gradients)
    measured = probe.difference(np.ones(()))
    if measured.kink is not None:
        return LineCheck(0.0, kink=True, direction=True)
    error = _error(measured, slope, rounding, np.ones(()))
    return LineCheck(error, kink=False, direction=True)


def _along(can_move: Array) -> Iterator[Array]:
    """Give the directions along which an array is moved; elements that cannot move stay."""
    if can_move.size > _EVERY_ELEMENT:
        yield _random(can_move)
        return
    for position in np.argwhere(can_move):
        element = np.zeros(can_move.shape)
        element[tuple(position)] = 1.0
        yield element


def _random(can_move: Array) -> Array:
    """Return a fixed random direction of length 1."""
    direction = np.random.default_rng(0).standard_normal(can_move.shape) * can_move
    return np.asarray(direction / max(float(np.linalg.norm(direction)), _TINY))


def _error(measured: Difference, derived: float, rounding: Rounding, direction: Array) -> float:
    """Return the relative error; its denominator is at least what rounding explains."""
    error = _relative(measured.value, derived, measured.noise)
    if error <= _TOLERANCE:
        return error
    return _relative(measured.value, derived, rounding.bound(direction, measured.step))


def _relative(measured: float, derived: float, noise: float) -> float:
    larger = max(abs(measured), abs(derived), noise * _NOISE_MARGIN, _TINY)
    return abs(measured - derived) / larger
