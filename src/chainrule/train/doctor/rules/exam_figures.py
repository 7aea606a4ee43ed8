"""Figures of an exam compared: first layers with last ones, first steps with last ones, moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median_low

from chainrule.train.doctor.exam import Exam, GateMeasures, LoopMeasures, WeightMeasures

_USUAL = 0.5  # of the norm of a row of usual first weights


def layers_of(exam: Exam) -> Sequence[GateMeasures]:
    """Return the layers outside of loops, from the first to the last."""
    return [gate for gate in exam.gates if gate.role == "layer" and gate.steps == 1]


def output_layer(exam: Exam) -> GateMeasures:
    """Return the layer at the outputs where the largest gradient arrives."""
    layers = layers_of(exam)
    outputs = [each for each in layers if each.output] or layers[-1:]
    return max(outputs, key=lambda gate: gate.gradient)


def layer_gradient_ratio(exam: Exam) -> float:
    """Return the gradient at the first layer over that at the last; 1 with fewer than three."""
    layers = layers_of(exam)
    if len(layers) < 3 or not output_layer(exam).gradient:
        return 1.0
    return layers[0].gradient / output_layer(exam).gradient


def growth(exam: Exam) -> float:
    """Return how much larger values are at the last layer before the outputs than at the first."""
    sizes = [gate.size for gate in layers_of(exam) if not gate.output]
    return sizes[-1] / sizes[0] if len(sizes) > 1 and sizes[0] else 1.0


def narrowest(exam: Exam) -> GateMeasures:
    """Return the activation behind which the least of the gradient is left."""
    least, found, arriving = float("inf"), layers_of(exam)[0], None
    for gate in reversed(exam.gates):
        if gate.role == "layer" and arriving is not None:
            passed = gate.gradient / arriving.gradient if arriving.gradient else 0.0
            if passed < least:
                least, found = passed, arriving
            arriving = None
        elif gate.role and gate.role != "layer":
            arriving = gate
    return found


def time_gradient_ratio(loop: LoopMeasures) -> float:
    """Return the gradient after the first step over that after the last; 1 without one."""
    return loop.gradients[0] / loop.gradients[-1] if loop.gradients[-1] else 1.0


def typical(exam: Exam, measure: Callable[[WeightMeasures], float]) -> float:
    """Return the measure of the median matrix, or of the lower of two."""
    found = [measure(each) for each in exam.weights if len(each.shape) > 1 and each.norm]
    return median_low(found) if found else 0.0


def jump(weight: WeightMeasures) -> float:
    """Return how far a matrix moved, over its length, or that of usual first weights if larger.

    A matrix that began with zeros moves by more than its length for a while, and is healthy.
    """
    return weight.moved / max(weight.norm, _USUAL * math.sqrt(weight.shape[0]))


def pull(weight: WeightMeasures) -> float:
    """Return the norm of the gradient of a parameter; 0 without one."""
    return weight.gradient or 0.0
