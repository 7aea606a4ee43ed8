"""The optimizers in a valley that is 100 times as steep across as along, and on a small net.

All start at the same point, each with the best rate of a list. The valley lies along the axes or
across them; scaling every coordinate separately helps in the first case only. SparseAdam is left
out: on dense parameters its steps equal those of Adam to five digits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.bars import draw_bars, draw_groups
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.points import spirals
from chainrule.lecture.valley import ACROSS, ALONG, descent, draw_valley, steps_of

optim = cr.optim
OPTIMIZERS: dict[str, Callable[..., cr.optim.Optimizer]] = {
    "SGD": optim.SGD,
    "momentum": partial(optim.SGD, momentum=0.9),
    "Nesterov": partial(optim.SGD, momentum=0.9, nesterov=True),
    "Adagrad": optim.Adagrad,
    "RMSProp": optim.RMSProp,
    "Adam": optim.Adam,
    "AdamW": optim.AdamW,
    "RAdam": optim.RAdam,
}
DRAWN = ("SGD", "Nesterov", "Adagrad", "Adam")
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 1.9)  # above 2 SGD diverges in the valley


@claim("Momentum and Adam beat SGD in a narrow valley, Adagrad only in one along an axis.")
def optimizers() -> Outcome:
    along = {name: _fastest(name, ALONG) for name in OPTIMIZERS}
    across = {name: _fastest(name, ACROSS) for name in OPTIMIZERS}
    steps = {name: (steps_of(along[name]), steps_of(across[name])) for name in OPTIMIZERS}
    losses = {name: _lowest(name) for name in OPTIMIZERS}
    sgd, adagrad = steps["SGD"], steps["Adagrad"]
    slowest = max(max(steps[name]) for name in ("momentum", "Nesterov", "Adam"))
    return Outcome(
        figures={
            name: f"{here:3} steps along an axis, {there:3} across; loss of the net "
            f"{losses[name][-1]:.1e}"
            for name, (here, there) in steps.items()
        },
        held=slowest < 0.75 * min(sgd) and 3 * adagrad[0] < sgd[0] and sgd[1] < adagrad[1],
        because=f"SGD takes {max(sgd)} steps, momentum, Nesterov and Adam at most {slowest}; "
        f"Adagrad {adagrad[0]} in a valley along an axis, {adagrad[1]} in one across",
        draw=lambda figure: _draw(figure, across, steps, losses),
    )


def _fastest(name: str, turn: Array) -> Array:
    """Return the path down the valley at the rate that takes the fewest steps."""
    return min((descent(OPTIMIZERS[name], rate, turn) for rate in RATES), key=steps_of)


def _lowest(name: str) -> list[float]:
    """Return the losses of a small net by epoch, at the rate with the lowest last loss."""
    return min((_losses(name, rate) for rate in (0.03, 0.1, 0.3, 1.0)), key=lambda each: each[-1])


def _losses(name: str, rate: float) -> list[float]:
    random = np.random.default_rng(0)
    hidden, scores = cr.nn.Linear(2, 32, random=random), cr.nn.Linear(32, 2, random=random)
    model = cr.nn.Sequential(hidden, cr.tanh, scores)
    optimizer, loss = OPTIMIZERS[name](model, rate), cr.nn.cross_entropy
    data = spirals(384, np.random.default_rng(0))
    return list(cr.train.fit(model, optimizer, loss, data, epochs=20, progress=False)["loss"])


def _draw(
    figure: Any,
    paths: dict[str, Array],
    steps: dict[str, tuple[int, int]],
    losses: dict[str, list[float]],
) -> None:
    """Draw the steps that each needs, the first steps of four, and the last losses of the net."""
    left, middle, right = figure.subfigures(1, 3, width_ratios=(1.25, 1, 1))
    count, net, names = left.subplots(), right.subplots(), list(steps)
    ways = {"along an axis": 0, "across": 1}
    values = {way: [steps[name][i] for name in names] for way, i in ways.items()}
    texts = {way: [str(each) for each in counts] for way, counts in values.items()}
    draw_groups(count, names, values, texts)
    count.set(title="steps to the bottom", xlabel="steps")
    for axes, name in zip(middle.subplots(2, 2).flat, DRAWN, strict=True):
        draw_valley(axes)
        axes.plot(*(paths[name][:30] @ ACROSS.T).T, "o-", color="C1", markersize=3, linewidth=1)
        axes.set(title=name, xticks=(), yticks=())
    middle.supxlabel("30 steps in the valley across")
    last = [losses[name][-1] for name in names]
    draw_bars(net, names, last, [f"{each:.1e}" for each in last], color="C7", log=True)
    net.set(title="a small net", xlabel="loss after 20 epochs")
