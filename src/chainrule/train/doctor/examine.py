"""Examine a model on one batch, gate by gate, on the reference evaluator; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array, Parameter, Tensor
from chainrule.train.doctor.exam import GateVitals, LoopVitals, WeightVitals
from chainrule.train.doctor.gates import gate_vitals, norm
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
    gradient = seen.upstream.get(parameter)
    arriving = None if gradient is None else norm([gradient])
    if parameter.ndim == 2:
        moved = np.any(now != before, axis=1)
        if 0 < np.count_nonzero(moved) < len(moved) / 2:
            now, before = now[moved], before[moved]
    return WeightVitals(name, parameter.shape, norm([before]), arriving, norm([now - before]))
