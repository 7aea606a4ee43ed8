"""The measurements of a model on one batch, taken on the reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainrule.explore.number_text import norm
from chainrule.graph import Array, Parameter, Tensor
from chainrule.optim.row_updates import is_rows, summed
from chainrule.train.doctor.exam import GateMeasures, LoopMeasures, WeightMeasures
from chainrule.train.doctor.measure.batch_graph import BatchGraph, batch_graph
from chainrule.train.doctor.measure.gate_measures import gate_measures
from chainrule.train.doctor.measure.loop_measures import loop_measures


@dataclass(frozen=True)
class Measures:
    """The measurements of gates, parameters and scans."""

    gates: tuple[GateMeasures, ...]
    weights: tuple[WeightMeasures, ...]
    loops: tuple[LoopMeasures, ...]


def examine(
    loss: Tensor, parameters: Mapping[str, Parameter], before: Mapping[str, Array]
) -> Measures:
    """Return the measurements of a model; nothing is changed.

    loss        the loss of one batch
    parameters  the trained parameters by name
    before      their values before the last step
    """
    graph = batch_graph(loss, list(parameters.values()))
    weights = (_weight(graph, name, each, before[name]) for name, each in parameters.items())
    return Measures(tuple(gate_measures(graph)), tuple(weights), tuple(loop_measures(graph)))


def _weight(graph: BatchGraph, name: str, parameter: Parameter, before: Array) -> WeightMeasures:
    now = parameter.peek()
    if parameter.ndim == 2:
        moved = np.any(now != before, axis=1)
        if 0 < np.count_nonzero(moved) < len(moved) / 2:
            now, before = now[moved], before[moved]
    gradient = _gradient_norm(graph, parameter)
    return WeightMeasures(name, parameter.shape, norm(before), gradient, norm(now - before))


def _gradient_norm(graph: BatchGraph, parameter: Parameter) -> float | None:
    """Return the norm of the gradient of a parameter, computed from the rows for a table."""
    gradient = graph.upstream.get(parameter)
    if gradient is None:
        return None
    if is_rows(gradient):
        _, gradient = summed(gradient, parameter.shape[1:])
    return norm(gradient.peek())
