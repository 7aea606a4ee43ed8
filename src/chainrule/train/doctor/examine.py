"""Examine a model on one batch, gate by gate, on the reference evaluator; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainrule.explore.number_text import norm
from chainrule.graph import Array, Parameter, Tensor
from chainrule.optim.row_updates import is_rows, summed
from chainrule.train.doctor.exam import GateVitals, LoopVitals, WeightVitals
from chainrule.train.doctor.gates import gate_vitals
from chainrule.train.doctor.loops import loop_vitals
from chainrule.train.doctor.view import View, view


@dataclass(frozen=True)
class Vitals:
    """The vitals of gates, parameters and loops."""

    gates: tuple[GateVitals, ...]
    weights: tuple[WeightVitals, ...]
    loops: tuple[LoopVitals, ...]


def examine(
    loss: Tensor, parameters: Mapping[str, Parameter], before: Mapping[str, Array]
) -> Vitals:
    """Return the vitals of a model.

    loss        of one batch
    parameters  those that are trained, by name
    before      their values before the last step
    """
    seen = view(loss, list(parameters.values()))
    weights = (_weight(seen, name, each, before[name]) for name, each in parameters.items())
    return Vitals(tuple(gate_vitals(seen)), tuple(weights), tuple(loop_vitals(seen)))


def _weight(seen: View, name: str, parameter: Parameter, before: Array) -> WeightVitals:
    now = parameter.peek()
    if parameter.ndim == 2:
        moved = np.any(now != before, axis=1)
        if 0 < np.count_nonzero(moved) < len(moved) / 2:
            now, before = now[moved], before[moved]
    gradient = _arriving(seen, parameter)
    return WeightVitals(name, parameter.shape, norm(before), gradient, norm(now - before))


def _arriving(seen: View, parameter: Parameter) -> float | None:
    """Return the norm of the gradient; of a table that was looked up, from the rows alone."""
    gradient = seen.upstream.get(parameter)
    if gradient is None:
        return None
    if is_rows(gradient):
        _, gradient = summed(gradient, parameter.shape[1:])
    return norm(gradient.peek())
