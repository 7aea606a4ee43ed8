"""A backward pass costs one or two forward passes; finite differences, two for every weight.

Left: nets of 1 to 16 layers of 64 units. Right: nets of two layers, from 2 to a million weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import seconds
from chainrule.lecture.writing import time

BATCH, STEP, MOVED = 64, 1e-5, 10
DEPTHS = (1, 2, 4, 8, 16)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class Cost:
    """What a net costs: FLOP and seconds of a forward pass, and of one with all gradients.

    differences  seconds of finite differences for all weights, from those of ten of them
    error        how far these ten are from the gradient
    """

    weights: int
    flops: tuple[int, int]
    times: tuple[float, float]
    differences: float
    error: float


@claim("A13", "A backward pass costs one or two forward passes; finite differences, O(W²) in all.")
def cost() -> Outcome:
    deep = [_cost([64] * (depth + 1)) for depth in DEPTHS]
    wide = [_cost([width, width, 1]) for width in WIDTHS]
    counted = [each.flops[1] / each.flops[0] - 1 for each in deep]
    timed = [each.times[1] / each.times[0] - 1 for each in deep]
    order = _slope(wide, [2 * each.weights * each.flops[0] for each in wide])
    order_of_time = _slope(wide, [each.differences for each in wide])
    crossing = wide[0].flops[1] / wide[0].flops[0] / 2
    faster = next(each.weights for each in wide if each.times[1] < each.differences)
    last, error = wide[-1], max(each.error for each in wide)
    return Outcome(
        figures={
            "backward / forward, FLOP": f"{min(counted):.2f} to {max(counted):.2f}",
            "backward / forward, time": f"{min(timed):.2f} to {max(timed):.2f}",
            "finite differences, FLOP": f"W to the power of {order:.2f}, for W > 4000",
            "finite differences, time": f"W to the power of {order_of_time:.2f}, for W > 4000",
            "backpropagation is cheaper": f"above W = {crossing:.1f} by FLOP; by time from W = "
            f"{faster} on, where the smallest net has {wide[0].weights}",
            f"time at W = {last.weights:,}": f"{time(last.times[1])} by backpropagation; "
            f"{last.differences / 3600:.1f} hours by finite differences, judging by ten weights",
            "the two gradients": f"differ by {error:.0e}",
        },
        held=max(counted) <= 2
        and max(timed) < 10
        and 1.9 < order < 2.1
        and order_of_time > 1.5
        and error < 1e-6,
        because=f"backward takes at most {max(counted):.2f} times the arithmetic of forward, "
        f"finite differences grow as W to the power of {order:.2f}",
        draw=lambda figure: _draw(figure, counted, timed, wide),
    )


def _cost(widths: Sequence[int]) -> Cost:
    random = np.random.default_rng(0)
    options: dict[str, Any] = {"bias": False, "dtype": "float64", "random": random}
    layers = [cr.nn.Linear(*each, **options) for each in pairwise(widths)]
    model = cr.nn.Sequential(*[part for each in layers for part in (each, cr.relu)][:-1])
    x = random.normal(size=(BATCH, widths[0]))

    def loss(x: cr.Tensor) -> cr.Tensor:
        return (model(x) ** 2).mean()

    def loss_and_gradients(x: cr.Tensor) -> tuple[Any, ...]:
        value = loss(x)
        return value, *cr.gradients(value, model.parameters())

    forward, training = cr.compile(loss), cr.compile(loss_and_gradients)
    weight, summary = layers[0].weight, cr.summary(model, (x.shape, "float64"))

    def differences() -> Array:
        moved = range(min(MOVED, weight.size))
        return np.array([_difference(lambda: forward(x).item(), weight, each) for each in moved])

    found = differences()
    gradient = np.ravel(training(x)[1].value)[: found.size]
    weights = summary.rows[0].parameters
    return Cost(
        weights,
        (summary.forward.flops, summary.training.flops),
        (seconds(lambda: forward(x), 15), seconds(lambda: training(x), 15)),
        seconds(differences, 3) / found.size * weights,
        float(np.abs(found - gradient).max()),
    )


def _difference(loss: Callable[[], float], weight: cr.Parameter, position: int) -> float:
    """Return the derivative of the loss for one weight, from two forward passes."""
    here, values = weight.value, []
    for step in (STEP, -STEP):
        there = here.copy()
        there.flat[position] += step
        weight.assign(there)
        values.append(loss())
    weight.assign(here)
    return (values[0] - values[1]) / (2 * STEP)


def _slope(nets: Sequence[Cost], values: Sequence[float]) -> float:
    """Return the exponent of W with which `values` grow: a straight line through logarithms."""
    large = [i for i, each in enumerate(nets) if each.weights > 4000]
    weights = [nets[i].weights for i in large]
    return float(np.polyfit(np.log(weights), np.log([values[i] for i in large]), 1)[0])


def _draw(
    figure: Any, counted: Sequence[float], timed: Sequence[float], wide: Sequence[Cost]
) -> None:
    ratio, growth = figure.subplots(1, 2, width_ratios=(2, 3))
    ratio.plot(DEPTHS, counted, "o-", color="tab:blue", label="arithmetic")
    ratio.plot(DEPTHS, timed, "s--", color="tab:orange", label="time")
    ratio.set(xlabel="layers", ylabel="backward pass / forward pass", ylim=(0, 3))
    ratio.legend()
    weights = [each.weights for each in wide]
    differences = [each.differences for each in wide]
    growth.loglog(
        weights,
        differences,
        "s-",
        color="tab:orange",
        label="finite differences,\nextrapolated from ten",
    )
    growth.loglog(
        weights, [each.times[1] for each in wide], "o-", color="tab:blue", label="backpropagation"
    )
    quadratic = differences[-1] * (np.array(weights[-4:]) / weights[-1]) ** 2.0
    growth.loglog(weights[-4:], quadratic * 3, ":", color="black", label="slope 2")
    growth.set(xlabel="weights W", ylabel="time for the gradient of all weights, s")
    growth.legend(loc="upper left")
