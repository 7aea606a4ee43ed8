"""The error signal at a hidden layer has the dimension of the layer.

A net with layers of 6, 5, 4, 3 and 1 units. δ is the gradient of the score with respect to z, what
goes into a layer's activation. It comes from the layer above as δ = Wᵀ δ_above ∘ f'(z), and gives
the gradient of the weights, δ hᵀ, where h is the output of the layer below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.net_drawing import draw_net

WIDTHS = (6, 5, 4, 3, 1)


@dataclass(frozen=True)
class Layer:
    """A layer of the net for one input.

    weights, inputs  (units, inputs) and (inputs,)
    values           what goes into the activation, z, (units,)
    delta            the gradient of the score with respect to `values`
    gradient         the gradient of the score with respect to `weights`
    """

    weights: Array
    inputs: Array
    values: Array
    delta: Array
    gradient: Array


@claim("The error signal at a hidden layer has the layer's dimension.")
def error_signal() -> Outcome:
    layers, total = _layers()
    shapes = [each.delta.shape == each.values.shape for each in layers]
    downwards = [
        _apart(below.delta, above.weights.T @ above.delta * (1 - np.tanh(below.values) ** 2))
        for below, above in pairwise(layers)
    ]
    outer = [_apart(each.gradient, np.outer(each.delta, each.inputs)) for each in layers]
    return Outcome(
        figures={
            f"layer {i}": f"W {each.weights.shape}, z {each.values.shape}, δ {each.delta.shape}, "
            f"δ hᵀ {each.gradient.shape}"
            for i, each in enumerate(layers, start=1)
        },
        held=all(shapes) and max(downwards + outer) < 1e-12,
        because=f"δ has the shape of z in {sum(shapes)} of {len(layers)} layers; Wᵀ δ ∘ f'(z) and "
        f"δ hᵀ agree with backpropagation to {max(downwards + outer):.0e}",
        draw=lambda figure: _draw(figure, layers),
        graphs={"the layers": cr.Graph(total)},
    )


def _layers() -> tuple[list[Layer], cr.Tensor]:
    """Return the layers, with the gradients of one sweep, and the sum of the last values."""
    random = np.random.default_rng(1)
    h: Any = cr.input("x", value=random.normal(size=WIDTHS[0]))
    weights, values, inputs = [], [], []
    for below, above in pairwise(WIDTHS):
        weights.append(cr.parameter(random.normal(0, below**-0.5, (above, below))))
        inputs.append(h)
        values.append(weights[-1] @ h)
        h = cr.tanh(values[-1])
    total = values[-1].sum()
    found = cr.gradients(total, [*values, *weights])
    arrays = [[np.asarray(each) for each in some] for some in (weights, inputs, values, found)]
    count = len(weights)
    rows = zip(*arrays[:3], arrays[3][:count], arrays[3][count:], strict=True)
    return [Layer(*each) for each in rows], total


def _apart(first: Array, second: Array) -> float:
    return float(np.abs(first - second).max())


def _draw(figure: Any, layers: Sequence[Layer]) -> None:
    axes = figure.subplots()
    signals = [np.zeros(WIDTHS[0]), *(each.delta for each in layers)]
    draw_net(axes, signals, [each.weights for each in layers], size=700)
    for i, signal in enumerate(signals[1:], start=1):
        for row, value in enumerate(signal):
            place = (i, (len(signal) - 1) / 2 - row)
            axes.text(*place, f"{value:.2g}", ha="center", va="center", fontsize=10)
        units = "1 unit" if len(signal) == 1 else f"{len(signal)} units"
        axes.text(i, -3.4, f"layer {i}: {units}\nδ {signal.shape}", ha="center", va="center")
    axes.text(0, -3.4, f"input x\n{WIDTHS[0]} numbers", ha="center", va="center")
    axes.set(
        title="δ in the units, W as lines; blue is positive, orange negative", ylim=(-3.9, 2.9)
    )
