"""Sick runs: each with one planted illness."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.doctor.datasets import points, sequences, sign_targets, sine_curve
from benchmarks.doctor.models import BetweenLayers, LastOutput, UnusedLayer, deep
from benchmarks.doctor.planted_run import PlantedRun
from chainrule import nn
from chainrule.graph import Array
from chainrule.nn import initial
from chainrule.ops import exp, leaky_relu, log, relu, round, sigmoid, stop_gradient, tanh
from chainrule.optim import SGD, Adam

_LONG = partial(sequences, 50)
_FIVE = partial(nn.RNN, 2, 5, batch_first=True, random=0)


def _stretching(shape: Sequence[int], random: np.random.Generator) -> Array:
    return 1.4 * np.eye(shape[0], shape[1])


def _large() -> tuple[Array, Array]:
    x, labels = points()
    return x * 300 + 500, labels


SICK = (
    PlantedRun(
        "sigmoid, 10 layers",
        partial(deep, sigmoid, 10),
        points,
        "vanishing gradient",
        ("learning rate too small",),
    ),
    PlantedRun(
        "tanh, 10 layers of weights of 0.01",
        partial(deep, tanh, 10, initial=initial.normal(0.01)),
        points,
        "vanishing gradient",
    ),
    PlantedRun(
        "leaky ReLU, 12 layers of weights of 0.01",
        partial(deep, leaky_relu, 12, initial=initial.normal(0.01)),
        points,
        "vanishing gradient",
    ),
    PlantedRun(
        "ReLU with biases of -10",
        partial(deep, relu, 3, bias_initial=initial.constant(-10.0)),
        points,
        "dying ReLU",
    ),
    PlantedRun(
        "ReLU after Adam with a rate of 3",
        partial(deep, relu, 3),
        points,
        "learning rate too large",
        ("dying ReLU", "exploding gradient", "no gradient"),
        partial(Adam, learning_rate=3.0),
    ),
    PlantedRun(
        "tanh with weights of 3",
        partial(deep, tanh, 3, initial=initial.normal(3.0)),
        points,
        "saturated tanh",
    ),
    PlantedRun(
        "sigmoid on inputs of 500",
        partial(deep, sigmoid, 2),
        _large,
        "saturated sigmoid",
    ),
    PlantedRun(
        "sigmoid at the output with weights of 100",
        lambda: nn.Sequential(nn.Linear(10, 1, initial=initial.normal(100.0), random=0), sigmoid),
        sign_targets,
        "saturated sigmoid",
        loss=nn.squared_error,
    ),
    PlantedRun(
        "ReLU, 12 layers of weights of 0.6",
        partial(deep, relu, 12, initial=initial.normal(0.6)),
        points,
        "exploding gradient",
        ("learning rate too large", "dying ReLU"),
    ),
    PlantedRun(
        "recurrent ReLU, eigenvalues of 1.4",
        lambda: LastOutput(_FIVE(activation=relu, recurrent_initial=_stretching), 5),
        _LONG,
        "exploding through time",
        ("learning rate too large", "dying ReLU"),
    ),
    PlantedRun(
        "recurrent tanh, eigenvalues of 0.5",
        lambda: LastOutput(_FIVE(recurrent_initial=initial.orthogonal(0.5)), 5),
        _LONG,
        "vanishing through time",
    ),
    PlantedRun(
        "SGD with a rate of 300",
        partial(deep, tanh, 2),
        points,
        "learning rate too large",
        ("saturated tanh", "vanishing gradient"),
        partial(SGD, learning_rate=300.0),
    ),
    PlantedRun(
        "Adam with a rate of 1",
        partial(deep, tanh, 2),
        points,
        "learning rate too large",
        ("saturated tanh",),
        partial(Adam, learning_rate=1.0),
    ),
    PlantedRun(
        "regression by SGD with a rate of 3",
        partial(deep, relu, 2, inputs=1, outputs=1),
        sine_curve,
        "learning rate too large",
        ("not finite", "dying ReLU", "exploding gradient"),
        partial(SGD, learning_rate=3.0),
        nn.squared_error,
    ),
    PlantedRun(
        "SGD with a rate of 1e-6",
        partial(deep, relu, 2),
        points,
        "learning rate too small",
        optimizer=partial(SGD, learning_rate=1e-6),
    ),
    PlantedRun(
        "SGD with a rate of 1e-12, whose steps are lost in rounding",
        partial(deep, relu, 2),
        points,
        "learning rate too small",
        optimizer=partial(SGD, learning_rate=1e-12),
    ),
    PlantedRun(
        "Adam with a rate of 1e-8",
        partial(deep, tanh, 2),
        points,
        "learning rate too small",
        optimizer=partial(Adam, learning_rate=1e-8),
    ),
    PlantedRun(
        "tanh with weights of zero",
        partial(deep, tanh, 2, initial=initial.zeros),
        points,
        "identical units",
    ),
    PlantedRun(
        "ReLU with weights of 0.1",
        partial(deep, relu, 2, initial=initial.constant(0.1)),
        points,
        "identical units",
    ),
    PlantedRun("logarithm of negative numbers", partial(BetweenLayers, log), points, "not finite"),
    PlantedRun(
        "exponential without a bound",
        partial(BetweenLayers, lambda x: exp(x * 100)),
        points,
        "not finite",
        ("learning rate too large", "exploding gradient"),
    ),
    PlantedRun(
        "shares of a sum that can be zero",
        partial(BetweenLayers, lambda x: relu(x - 2) / relu(x - 2).sum(1, keepdims=True)),
        points,
        "not finite",
    ),
    PlantedRun("a layer that is not used", UnusedLayer, points, "no gradient"),
    PlantedRun(
        "a gradient that is stopped", partial(BetweenLayers, stop_gradient), points, "no gradient"
    ),
    PlantedRun("rounding between layers", partial(BetweenLayers, round), points, "no gradient"),
)
