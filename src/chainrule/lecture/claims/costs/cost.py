"""A backward pass costs one or two forward passes; finite differences cost two per weight.

Nets of 1 to 16 layers of 64 units, and nets of two layers with 2 to a million weights, at 64
samples. The time of finite differences is that of ten weights, extrapolated to all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import differences, exponent, seconds
from chainrule.lecture.unit_text import time

DEPTHS = (1, 2, 4, 8, 16)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class NetCost:
    """The cost of a net.

    flops           FLOP of a forward pass
    counted, timed  backward pass / forward pass, in FLOP and in seconds
    backward        seconds of the loss with all gradients
    differences     seconds of finite differences for all weights
    """

    weights: int
    flops: int
    counted: float
    timed: float
    backward: float
    differences: float


@claim("A backward pass costs one or two forward passes; finite differences cost O(W²).")
def cost() -> Outcome:
    deep = [_cost([64] * (depth + 1)) for depth in DEPTHS]
    wide = [_cost([width, width, 1]) for width in WIDTHS]
    counted, timed = [each.counted for each in deep], [each.timed for each in deep]
    large, last = wide[-5:], wide[-1]
    weights = [each.weights for each in large]
    order = exponent(weights, [2 * each.weights * each.flops for each in large])
    order_of_time = exponent(weights, [each.differences for each in large])
    return Outcome(
        figures={
            "backward / forward, FLOP": f"{min(counted):.2f} to {max(counted):.2f}",
            "backward / forward, time": f"{min(timed):.2f} to {max(timed):.2f}",
            "finite differences, FLOP": f"W to the power of {order:.2f}, for W > 4000",
            "finite differences, time": f"W to the power of {order_of_time:.2f}, for W > 4000",
            **{
                f"{each.weights:,} weights": f"{time(each.backward)} by backpropagation, "
                f"{time(each.differences)} by finite differences"
                for each in (wide[0], last)
            },
        },
        held=max(counted) <= 2
        and max(timed) < 10
        and 1.9 < order < 2.1
        and last.differences > 1000 * last.backward,
        because=f"backward takes at most {max(counted):.2f} times the arithmetic of forward, "
        f"finite differences grow as W to the power of {order:.2f}",
        draw=lambda figure: _draw(figure, counted, timed, wide),
    )


def _cost(widths: Sequence[int]) -> NetCost:
    random = np.random.default_rng(0)
    options: dict[str, Any] = {"bias": False, "dtype": "float64", "random": random}
    layers = [cr.nn.Linear(*each, **options) for each in pairwise(widths)]
    model = cr.nn.Sequential(*[part for each in layers for part in (each, cr.relu)][:-1])
    x = random.normal(size=(64, widths[0]))

    def loss(x: cr.TensorLike) -> cr.Tensor:
        return (model(x) ** 2).mean()

    def loss_and_gradients(x: cr.TensorLike) -> tuple[Any, ...]:
        value = loss(x)
        return value, *cr.gradients(value, model.parameters())

    forward, both = cr.compile(loss), cr.compile(loss_and_gradients)
    once, twice = seconds(lambda: forward(x), 15), seconds(lambda: both(x), 15)
    weight = layers[0].weight
    moved = min(10, weight.size)
    ten = seconds(lambda: differences(lambda: forward(x).item(), weight, moved), 3)
    summary = cr.summary(model, (x.shape, "float64"))
    weights, flops = summary.rows[0].parameters, summary.forward.flops
    counted, timed = summary.training.flops / flops - 1, twice / once - 1
    return NetCost(weights, flops, counted, timed, twice, ten / moved * weights)


def _draw(figure: Any, counted: Sequence[float], timed: Sequence[float], wide: Any) -> None:
    ratio, growth = figure.subplots(1, 2, width_ratios=(2, 3))
    ratio.plot(DEPTHS, counted, "o-", label="arithmetic")
    ratio.plot(DEPTHS, timed, "s--", label="time")
    ratio.set(xlabel="layers", ylabel="backward pass / forward pass", ylim=(0, None))
    ratio.legend(loc="lower right")
    weights, backward, differences = np.array(
        [(each.weights, each.backward, each.differences) for each in wide]
    ).T
    growth.loglog(weights, backward, "o-", label="backpropagation")
    growth.loglog(weights, differences, "s-", label="finite differences,\nextrapolated from ten")
    slope_2 = 3 * differences[-1] * (weights[-4:] / weights[-1]) ** 2
    growth.loglog(weights[-4:], slope_2, "k:", label="slope 2")
    growth.set(xlabel="weights W", ylabel="time for the gradient of all weights, s")
    growth.legend(loc="upper left")
