"""Dead units: ReLU and leaky ReLU, trained with a large learning rate and then a good one.

A unit is dead if its slope is zero on every sample, so that no gradient passes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.points import spirals

UNITS, SEEDS = 64, range(3)
RATES = (0.001, 0.01, 0.1, 1.0, 10.0)
GOOD_RATE = 0.01
Activation = Callable[[Any], cr.Tensor]


@claim("A learning rate that is too large kills ReLU units for good, but no leaky ones.")
def dying() -> Outcome:
    relu = np.array([_medians(cr.relu, rate) for rate in RATES])
    leaky = np.array([_medians(cr.leaky_relu, rate) for rate in RATES])
    return Outcome(
        figures={
            f"ten epochs at {rate:g}": f"ReLU: {dead:3.0%} dead, {revived:.0%} revived by 40 at "
            f"{GOOD_RATE}, {right:4.0%} right; leaky: {other[0]:.0%} dead, {other[2]:4.0%} right"
            for rate, (dead, revived, right), other in zip(RATES, relu, leaky, strict=True)
        },
        held=bool(
            relu[0, 0] < 0.1
            and relu[-1, 0] > 0.5
            and not relu[:, 1].any()
            and not leaky[:, 0].any()
            and relu[-1, 2] < 0.95 < leaky[-1, 2]
        ),
        because=f"{relu[0, 0]:.0%} of the ReLU units die at rate {RATES[0]}, {relu[-1, 0]:.0%} at "
        f"rate {RATES[-1]:g}, of which {relu[-1, 1]:.0%} revive; {leaky[:, 0].max():.0%} of the "
        "leaky units die",
        draw=lambda figure: _draw(figure, relu, leaky),
    )


def _medians(activation: Activation, rate: float) -> Array:
    """Return the medians over the seeds of the results of `_trained`."""
    return np.median([_trained(activation, rate, seed) for seed in SEEDS], axis=0)


def _trained(activation: Activation, rate: float, seed: int) -> tuple[float, float, float]:
    """Return the shares that die at `rate` and revive at the good rate, and the final accuracy."""
    random, he = np.random.default_rng(seed), cr.nn.initial.he_normal
    hidden = cr.nn.Linear(2, UNITS, initial=he, random=random)
    model = cr.nn.Sequential(hidden, activation, cr.nn.Linear(UNITS, 2, initial=he, random=random))
    x, labels = spirals(384, np.random.default_rng(0))

    def dead_after(rate: float, epochs: int) -> Array:
        optimizer, loss = cr.optim.Adam(model, rate), cr.nn.cross_entropy
        cr.train.fit(model, optimizer, loss, (x, labels), epochs=epochs, progress=False)
        z = hidden(x)
        (slopes,) = cr.gradients(activation(z).sum(), [z])
        return np.asarray(np.all(np.asarray(slopes) == 0, axis=0))

    dead = dead_after(rate, epochs=10)
    revived = dead & ~dead_after(GOOD_RATE, epochs=40)
    return dead.mean(), revived.mean(), cr.train.metrics.accuracy(model(x), labels)


def _draw(figure: Any, relu: Array, leaky: Array) -> None:
    dead, right = figure.subplots(1, 2)
    for name, each, marker in (("ReLU", relu, "o"), ("leaky ReLU", leaky, "s")):
        dead.semilogx(RATES, 100 * each[:, 0], marker=marker, label=name)
        right.semilogx(RATES, 100 * each[:, 2], marker=marker, label=name)
    dead.set(title="after ten epochs", ylabel="dead units, %", ylim=(-3, 103))
    right.set(title=f"after 40 more at {GOOD_RATE}", ylabel="points right, %", ylim=(78, 101))
    for axes in (dead, right):
        axes.set(xlabel="rate of the first ten epochs", xticks=RATES)
    dead.legend(loc="upper left")
