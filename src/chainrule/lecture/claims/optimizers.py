"""The optimizers in a valley a hundred times as steep across as along, and on a small net.

All begin at the same place; each has the best rate of a list. The valley lies along the axes, or
across them: scaling every coordinate on its own helps in the first case only. SparseAdam is left
out: on dense parameters such as these it takes the steps of Adam, to five digits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
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
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 1.9)  # above 2 SGD diverges in the valley


@claim("C1", "Momentum and Adam beat SGD in a narrow valley, Adagrad only in one along an axis.")
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
    """Return the losses of a small net's epochs, at the rate with which the last is lowest."""
    return min((_losses(name, rate) for rate in (0.03, 0.1, 0.3, 1.0)), key=lambda each: each[-1])


def _losses(name: str, rate: float) -> list[float]:
    random = np.random.default_rng(0)
    hidden, scores = cr.nn.Linear(2, 32, random=random), cr.nn.Linear(32, 2, random=random)
    model = cr.nn.Sequential(hidden, cr.tanh, scores)
    optimizer, loss = OPTIMIZERS[name](model, rate), cr.nn.cross_entropy
    data = spirals(384, np.random.default_rng(0))
    return list(cr.train.fit(model, optimizer, loss, data, epochs=20, progress=False)["loss"])


def _draw(figure: Any, paths: dict[str, Array], steps: dict[str, Any], losses: Any) -> None:
    valley, count, net = figure.subplots(1, 3, width_ratios=(1.2, 1, 1))
    draw_valley(valley)
    for i, name in enumerate(OPTIMIZERS):
        if name in ("SGD", "Nesterov", "Adagrad", "Adam"):
            valley.plot(*(paths[name][:30] @ ACROSS.T).T, color=f"C{i}", linewidth=2)
        count.plot(steps[name][0], i, "o", color=f"C{i}")
        count.plot(steps[name][1], i, "s", color=f"C{i}", markersize=9, fillstyle="none")
        net.semilogy(range(1, 21), losses[name], color=f"C{i}", label=name)
    valley.set(title="across: the first 30 steps", xlabel="first weight", ylabel="second weight")
    count.set(title="● along an axis, □ across", xlabel="steps", xscale="log")
    count.set_yticks(range(len(OPTIMIZERS)), OPTIMIZERS)
    count.invert_yaxis()
    net.set(title="a small net", xlabel="epoch", ylabel="loss", xticks=range(0, 21, 5))
    figure.legend(*net.get_legend_handles_labels(), loc="outside lower center", ncols=4)
