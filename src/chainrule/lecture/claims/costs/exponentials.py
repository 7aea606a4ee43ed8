"""The cost of an activation: sigmoid and tanh compute an exponential, hard tanh and ReLU compare.

Sixteen activations in a row are one compiled kernel, so that reading and writing memory hardly
counts. Processor time, forward alone and with the gradient. In a layer the product of matrices
takes most of the time, so that a cheap activation saves less there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.bars import draw_bars, draw_groups
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import processor_seconds
from chainrule.lecture.unit_text import time

COUNT, SHAPE = 16, (32, 1024)
Activation = Callable[[Any], cr.Tensor]
ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": cr.sigmoid,
    "tanh": cr.tanh,
    "hard tanh": cr.nn.hard_tanh,
    "ReLU": cr.relu,
}


@claim("exp makes sigmoid and tanh slow; hard tanh and ReLU are cheap.")
def exponentials() -> Outcome:
    x = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    elements = COUNT * x.size
    forward = {name: _seconds(_chain(each), x) / elements for name, each in ACTIVATIONS.items()}
    both = {name: _seconds(_gradient(each), x) / elements for name, each in ACTIVATIONS.items()}
    layer = {name: _seconds(_layer(each), x) for name, each in ACTIVATIONS.items()}
    slow = min(forward["sigmoid"], forward["tanh"])
    to_hard, to_relu = slow / forward["hard tanh"], slow / forward["ReLU"]
    return Outcome(
        figures={
            name: f"{time(forward[name])} per element, {time(both[name])} with the gradient; "
            f"a layer of 1024 inputs and 128 units {time(layer[name])}"
            for name in ACTIVATIONS
        },
        held=to_hard > 1.5 and to_relu > 3,
        because=f"sigmoid and tanh take at least {to_hard:.1f} times the processor time of hard "
        f"tanh and {to_relu:.1f} times that of ReLU",
        draw=lambda figure: _draw(figure, {"forward": forward, "with the gradient": both}, layer),
    )


def _chain(activation: Activation) -> Activation:
    def chain(x: Any) -> cr.Tensor:
        for _ in range(COUNT):
            x = activation(x) * 1.1 - 0.1  # a factor, so that ReLU after ReLU is not one ReLU
        return cr.asarray(x)

    return chain


def _gradient(activation: Activation) -> Callable[[Any], Any]:
    def both(x: Any) -> Any:
        y = _chain(activation)(x)
        return y, cr.gradients(y.sum(), [x])[0]

    return both


def _layer(activation: Activation) -> Activation:
    return cr.nn.Sequential(cr.nn.Linear(SHAPE[1], 128, random=0), activation)


def _seconds(function: Callable[[Any], Any], x: Array) -> float:
    compiled = cr.compile(function)
    return processor_seconds(lambda: compiled(x))


def _draw(figure: Any, ways: Mapping[str, Mapping[str, float]], layer: Mapping[str, float]) -> None:
    alone, whole = figure.subplots(1, 2, width_ratios=(3, 2))
    times = {way: [1e9 * each for each in found.values()] for way, found in ways.items()}
    texts = {way: [f"{each:.2f}" for each in found] for way, found in times.items()}
    draw_groups(alone, list(ACTIVATIONS), times, texts)
    alone.set(title="activations alone", xlabel="processor time per element, ns")
    micro = [1e6 * each for each in layer.values()]
    colours = ["C1", "C1", "C0", "C0"]
    draw_bars(whole, list(layer), micro, [f"{each:.0f}" for each in micro], color=colours)
    whole.set(title="a layer, 1024 inputs, 128 units", xlabel="processor time, µs")
