"""The gradient that remains, layer by layer, with sigmoid, tanh and ReLU.

Twenty layers of 128 units have Xavier's weights, or He's for ReLU. Biases are 0, or normal with
deviation 2 to saturate tanh.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.signals import signals_of_stack

DEPTH = 20
first = cr.nn.initial
NETS: dict[str, tuple[Any, Any, Any]] = {
    "sigmoid": (cr.sigmoid, first.xavier_normal, first.zeros),
    "saturated tanh": (cr.tanh, first.xavier_normal, first.normal(2.0)),
    "tanh": (cr.tanh, first.xavier_normal, first.zeros),
    "ReLU, Xavier's weights": (cr.relu, first.xavier_normal, first.zeros),
    "ReLU": (cr.relu, first.he_normal, first.zeros),
}


@claim("Gradients vanish with depth through sigmoid and saturated tanh, not through ReLU.")
def vanishing() -> Outcome:
    left = {name: _left(*net) for name, net in NETS.items()}
    back = DEPTH - 1
    per_layer = {name: shares[-1] ** (1 / back) for name, shares in left.items()}
    return Outcome(
        figures={
            name: f"x {per_layer[name]:.2f} per layer, x {shares[-1]:.1e} through {back}"
            for name, shares in left.items()
        },
        held=bool(
            per_layer["sigmoid"] < 0.4
            and per_layer["saturated tanh"] < 0.7
            and 0.1 < left["ReLU"][-1] < 10
        ),
        because=f"a layer leaves {per_layer['sigmoid']:.2f} of the gradient with sigmoid, whose "
        f"slope is at most 1/4, {per_layer['saturated tanh']:.2f} with saturated tanh, "
        f"{per_layer['tanh']:.2f} with fresh tanh, {per_layer['ReLU']:.2f} with ReLU",
        draw=lambda figure: _draw(figure, left),
    )


def _left(activation: Any, weights: Any, biases: Any) -> Array:
    """Return the root mean square of the gradient by layer, from the last, relative to the last."""
    _, gradients = signals_of_stack(DEPTH, 128, activation, initial=weights, bias_initial=biases)
    squares = np.array(gradients[::-1], np.float64) ** 2
    sizes = np.sqrt(squares.mean(axis=(1, 2)))
    return np.asarray(sizes / sizes[0])


def _draw(figure: Any, left: dict[str, Array]) -> None:
    axes = figure.subplots()
    for (name, shares), marker in zip(left.items(), "osDv^", strict=True):
        axes.semilogy(shares, marker=marker, label=name)
    axes.set(xlabel="layers back from the last", ylabel="gradient / that at the last layer")
    axes.set(xticks=range(DEPTH))
    axes.legend()
