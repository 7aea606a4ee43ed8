"""Figures of an exam that the rules compare with thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median_low

from chainrule.train.doctor.exam import Exam, GateMeasures, LoopMeasures, WeightMeasures

_USUAL = 0.5  # the norm of a row of usual initial weights


def layers_of(exam: Exam) -> Sequence[GateMeasures]:
    """Return the layers outside of scans, from the first to the last."""
    return [gate for gate in exam.gates if gate.role == "layer" and gate.steps == 1]


def output_layer(exam: Exam) -> GateMeasures:
    """Return the output layer with the largest upstream gradient."""
    layers = layers_of(exam)
    outputs = [each for each in layers if each.output] or layers[-1:]
    return max(outputs, key=lambda gate: gate.gradient)


def layer_gradient_ratio(exam: Exam) -> float:
    """Return the gradient at the first layer divided by that at the last; 1 below three layers."""
    layers = layers_of(exam)
    if len(layers) < 3 or not output_layer(exam).gradient:
        return 1.0
    return layers[0].gradient / output_layer(exam).gradient


def growth(exam: Exam) -> float:
    """Return the size of values at the last hidden layer divided by that at the first."""
    sizes = [gate.size for gate in layers_of(exam) if not gate.output]
    return sizes[-1] / sizes[0] if len(sizes) > 1 and sizes[0] else 1.0


def narrowest(exam: Exam) -> GateMeasures:
    """Return the activation that reduces the gradient most."""
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
    """Return the gradient after the first step divided by that after the last; 1 without one."""
    return loop.gradients[0] / loop.gradients[-1] if loop.gradients[-1] else 1.0


def typical(exam: Exam, measure: Callable[[WeightMeasures], float]) -> float:
    """Return the median of a measure over the matrices, the lower one of two."""
    found = [measure(each) for each in exam.weights if len(each.shape) > 1 and each.norm]
    return median_low(found) if found else 0.0


def relative_update(weight: WeightMeasures) -> float:
    """Return the norm of an update divided by that of the matrix, or of usual initial weights.

    The larger norm is taken, because a matrix that starts at zero changes by more than its own
    norm at first, which is healthy.
    """
    return weight.moved / max(weight.norm, _USUAL * math.sqrt(weight.shape[0]))


def gradient_norm(weight: WeightMeasures) -> float:
    """Return the norm of the gradient of a parameter; 0 without one."""
    return weight.gradient or 0.0
