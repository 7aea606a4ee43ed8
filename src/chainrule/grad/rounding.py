"""Rounding errors of values and gradients, estimated by giving every value a random error.

A sum of terms that cancel is as exact as its terms are, not as its own size suggests.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from chainrule.grad.differences import STEP, Probe
from chainrule.grad.forward import tangent_of
from chainrule.graph import Array, Input, Tensor, evaluate, is_float, topological_order
from chainrule.ops import OWN_BACKWARD

_SAMPLES = 4
_DEVIATIONS = 8
_EPS = float(np.finfo(np.float64).eps)


class Rounding:
    """Bounds on the rounding errors of a measured and of a derived derivative.

    probe     measures the derivative of its output
    gradient  the derived gradient; None if it is zero
    values    the values of the nodes that the gradient is computed from
    """

    def __init__(
        self, probe: Probe, gradient: Tensor | None, values: Mapping[Tensor, Array]
    ) -> None:
        self._probe, self._gradient, self._values = probe, gradient, values

    def bound(self, direction: Array, step: float) -> float:
        """Return eight deviations of the rounding error, along `direction` with `step`."""
        measured = float(np.linalg.norm(self._of_output)) / step
        derived = float(np.linalg.norm(self._of_gradient * direction))
        return _DEVIATIONS * max(measured, derived)

    @cached_property
    def _of_output(self) -> Array:
        probe = self._probe
        near = {**probe.still, probe.moved: _beside(probe.point)}
        return rounding_errors(probe.output, evaluate([probe.output], near), probe.still)

    @cached_property
    def _of_gradient(self) -> Array:
        if self._gradient is None:
            return np.zeros(())
        return rounding_errors(self._gradient, evaluate([self._gradient], self._values))


def rounding_errors(
    output: Tensor, values: Mapping[Tensor, Array], exact: Mapping[Tensor, Array] | None = None
) -> Array:
    """Return the deviation of the rounding error of each element of `output`.

    values  the values of all nodes, float64
    exact   nodes whose errors do not count

    Every value v has an error of eps |v| times a normal random number. The errors pass on to the
    output by the derivatives of the gates; four samples are taken.
    """
    order = topological_order([output], without=exact or {})
    own = {
        node: Input("error", node.shape, node.dtype, np.zeros(node.shape))
        for node in order
        if is_float(node.dtype)
    }
    moving: dict[Tensor, Tensor] = {}
    for node, error in own.items():
        passed = _passed_on(node, moving)
        moving[node] = error if passed is None else error + passed
    random = np.random.default_rng(0)
    squares = [
        evaluate([moving[output]], {**values, **_drawn(own, values, random)})[moving[output]] ** 2
        for _ in range(_SAMPLES)
    ]
    return np.asarray(np.sqrt(np.mean(squares, axis=0)))


def _beside(point: Array) -> Array:
    """Return a point as far away as those that are measured; terms may all be 0 at `point`."""
    steps = STEP * np.maximum(1.0, np.abs(point))
    return np.asarray(point + steps * np.random.default_rng(0).standard_normal(point.shape))


def _passed_on(node: Tensor, moving: Mapping[Tensor, Tensor]) -> Tensor | None:
    """Return the error that a node receives from those of its inputs."""
    if node.primitive is OWN_BACKWARD:
        return moving.get(node.inputs[0])
    return tangent_of(node, moving)


def _drawn(
    errors: Mapping[Tensor, Tensor], values: Mapping[Tensor, Array], random: np.random.Generator
) -> dict[Tensor, Array]:
    """Return errors of all values; those of infinite values are 0."""
    return {
        error: _EPS
        * random.standard_normal(node.shape)
        * np.nan_to_num(values[node], posinf=0, neginf=0)
        for node, error in errors.items()
    }
