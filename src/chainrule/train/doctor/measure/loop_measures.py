"""The measurements of scans: the matrix that multiplies the state, the gradient at each step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.graph import Body, Tensor
from chainrule.train.doctor.exam import LoopMeasures
from chainrule.train.doctor.measure.batch_graph import BatchGraph
from chainrule.train.doctor.measure.gate_measures import length


def loop_measures(graph: BatchGraph) -> Iterator[LoopMeasures]:
    """Yield the measurements of every unrolled scan."""
    for loop, states in graph.loops.states.items():
        gradients = tuple(
            length(graph.upstream[each] for each in state if each in graph.upstream)
            for state in states[1:]
        )
        weight = _matrix_between_states(graph, loop)
        yield LoopMeasures(
            loop.origin.path or loop.kind,
            str(loop.origin),
            None if weight is None else graph.parameter_of(weight).label,
            None if weight is None else _radius(weight.peek()),
            gradients,
        )


def _matrix_between_states(graph: BatchGraph, loop: Tensor) -> Tensor | None:
    """Return the square weight that multiplies a state of a scan, None if there is none."""
    body: Body = loop.attributes["body"]
    states, first = set(body.states), len(body.states) + len(body.inputs)
    captured = dict(zip(body.captured, loop.inputs[first:], strict=True))
    for gate in body.gates:
        if gate.kind == "matmul" and any(each in states for each in gate.inputs):
            for each in gate.inputs:
                outside = captured.get(each)
                is_square = each.ndim == 2 and each.shape[0] == each.shape[1]
                if is_square and outside is not None and outside in graph.weights:
                    return outside
    return None


@np.errstate(all="ignore")
def _radius(matrix: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> float:
    if not np.all(np.isfinite(matrix)):
        return float("nan")
    return float(np.max(np.abs(np.linalg.eigvals(matrix))))
