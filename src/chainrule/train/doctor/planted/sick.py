"""Sick runs: each with one planted illness."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from chainrule import nn
from chainrule.graph import Array
from chainrule.nn import initial
from chainrule.ops import exp, leaky_relu, log, relu, round, sigmoid, stop_gradient, tanh
from chainrule.optim import SGD, Adam
from chainrule.train.doctor.planted.models import Between, Forgotten, Last, deep
from chainrule.train.doctor.planted.planted import Planted, curve, halves, points, sequences

_LONG = partial(sequences, 50)
_FIVE = partial(nn.RNN, 2, 5, batch_first=True, random=0)


def _stretching(shape: Sequence[int], random: np.random.Generator) -> Array:
    return 1.4 * np.eye(shape[0], shape[1])


def _large() -> tuple[Array, Array]:
    x, labels = points()
    return x * 300 + 500, labels


SICK = (
    Planted(
        "sigmoid, 10 layers",
        partial(deep, sigmoid, 10),
        points,
        "vanishing gradient",
        ("learning rate too small",),
    ),
    Planted(
        "tanh, 10 layers of weights of 0.01",
        partial(deep, tanh, 10, initial=initial.normal(0.01)),
        points,
        "vanishing gradient",
    ),
    Planted(
        "leaky ReLU, 12 layers of weights of 0.01",
        partial(deep, leaky_relu, 12, initial=initial.normal(0.01)),
        points,
        "vanishing gradient",
    ),
    Planted(
        "ReLU with biases of -10",
        partial(deep, relu, 3, bias_initial=initial.constant(-10.0)),
        points,
        "dying ReLU",
    ),
    Planted(
        "ReLU after Adam with a rate of 3",
        partial(deep, relu, 3),
        points,
        "learning rate too large",
        ("dying ReLU", "exploding gradient", "no gradient"),
        partial(Adam, learning_rate=3.0),
    ),
    Planted(
        "tanh with weights of 3",
        partial(deep, tanh, 3, initial=initial.normal(3.0)),
        points,
        "saturated tanh",
    ),
    Planted(
        "sigmoid on inputs of 500",
        partial(deep, sigmoid, 2),
        _large,
        "saturated sigmoid",
    ),
    Planted(
        "sigmoid at the output with weights of 100",
        lambda: nn.Sequential(nn.Linear(10, 1, initial=initial.normal(100.0), random=0), sigmoid),
        halves,
        "saturated sigmoid",
        loss=nn.squared_error,
    ),
    Planted(
        "ReLU, 12 layers of weights of 0.6",
        partial(deep, relu, 12, initial=initial.normal(0.6)),
        points,
        "exploding gradient",
        ("learning rate too large", "dying ReLU"),
    ),
    Planted(
        "recurrent ReLU, eigenvalues of 1.4",
        lambda: Last(_FIVE(activation=relu, recurrent_initial=_stretching), 5),
        _LONG,
        "exploding through time",
        ("learning rate too large", "dying ReLU"),
    ),
    Planted(
        "recurrent tanh, eigenvalues of 0.5",
        lambda: Last(_FIVE(recurrent_initial=initial.orthogonal(0.5)), 5),
        _LONG,
        "vanishing through time",
    ),
    Planted(
        "SGD with a rate of 300",
        partial(deep, tanh, 2),
        points,
        "learning rate too large",
        ("saturated tanh", "vanishing gradient"),
        partial(SGD, learning_rate=300.0),
    ),
    Planted(
        "Adam with a rate of 1",
        partial(deep, tanh, 2),
        points,
        "learning rate too large",
        ("saturated tanh",),
        partial(Adam, learning_rate=1.0),
    ),
    Planted(
        "regression by SGD with a rate of 3",
        partial(deep, relu, 2, inputs=1, outputs=1),
        curve,
        "learning rate too large",
        ("not finite", "dying ReLU", "exploding gradient"),
        partial(SGD, learning_rate=3.0),
        nn.squared_error,
    ),
    Planted(
        "SGD with a rate of 1e-6",
        partial(deep, relu, 2),
        points,
        "learning rate too small",
        optimizer=partial(SGD, learning_rate=1e-6),
    ),
    Planted(
        "SGD with a rate of 1e-12, whose steps are lost in rounding",
        partial(deep, relu, 2),
        points,
        "learning rate too small",
        optimizer=partial(SGD, learning_rate=1e-12),
    ),
    Planted(
        "Adam with a rate of 1e-8",
        partial(deep, tanh, 2),
        points,
        "learning rate too small",
        optimizer=partial(Adam, learning_rate=1e-8),
    ),
    Planted(
        "tanh with weights of zero",
        partial(deep, tanh, 2, initial=initial.zeros),
        points,
        "identical units",
    ),
    Planted(
        "ReLU with weights of 0.1",
        partial(deep, relu, 2, initial=initial.constant(0.1)),
        points,
        "identical units",
    ),
    Planted("logarithm of negative numbers", partial(Between, log), points, "not finite"),
    Planted(
        "exponential without a bound",
        partial(Between, lambda x: exp(x * 100)),
        points,
        "not finite",
        ("learning rate too large", "exploding gradient"),
    ),
    Planted(
        "shares of a sum that can be zero",
        partial(Between, lambda x: relu(x - 2) / relu(x - 2).sum(1, keepdims=True)),
        points,
        "not finite",
    ),
    Planted("a layer that is not used", Forgotten, points, "no gradient"),
    Planted("a gradient that is stopped", partial(Between, stop_gradient), points, "no gradient"),
    Planted("rounding between layers", partial(Between, round), points, "no gradient"),
)
