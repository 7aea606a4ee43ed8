"""Hidden units with equal initial weights stay equal; small random weights break the symmetry.

Eight sigmoid units learn to separate a disc from the ring around it. Equal units act as one unit,
whose straight line cannot separate the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.net_drawing import draw_net
from chainrule.lecture.points import disc_and_ring

UNITS, STEPS = 8, 400
STARTS = {
    "zero": cr.nn.initial.zeros,
    "all 0.5": cr.nn.initial.constant(0.5),
    "small random": cr.nn.initial.normal(0.01),
}


@dataclass(frozen=True)
class StartResult:
    """The result of a training from some first weights.

    weights   of the hidden layer before every step, (steps, units, 2)
    output    weights of the output layer at the end, (2, units)
    losses    of every step, (steps,)
    accuracy  at the end
    """

    weights: Array
    output: Array
    losses: Array
    accuracy: float

    @property
    def apart(self) -> float:
        """The largest difference between two units in one of their weights."""
        return float(np.ptp(self.weights, axis=1).max())


@claim("With zero weights all hidden units stay equal; small random weights break the symmetry.")
def symmetry() -> Outcome:
    runs = {name: _trained(start) for name, start in STARTS.items()}
    zero, equal, small = runs.values()
    return Outcome(
        figures={
            f"weights {name} at the start": f"units at most {run.apart:.3g} apart, "
            f"loss {run.losses[-1]:.3f}, {run.accuracy:.0%} right"
            for name, run in runs.items()
        },
        held=max(zero.apart, equal.apart) < 1e-4
        and small.apart > 1
        and small.accuracy > zero.accuracy + 0.1,
        because=f"after {STEPS} steps units that began at zero are {zero.apart:.3g} apart and get "
        f"{zero.accuracy:.0%} right, those that began at random {small.apart:.3g} and "
        f"{small.accuracy:.0%}",
        draw=lambda figure: _draw(figure, runs),
    )


def _trained(start: cr.nn.initial.Initialiser) -> StartResult:
    random = np.random.default_rng(0)
    x, labels = disc_and_ring(200, random)
    hidden = cr.nn.Linear(2, UNITS, initial=start, random=random)
    output = cr.nn.Linear(UNITS, 2, initial=start, random=random)
    model = cr.nn.Sequential(hidden, cr.sigmoid, output)
    optimizer = cr.optim.Adam(model, learning_rate=0.1)

    @cr.compile
    def step(x: cr.TensorLike, labels: cr.TensorLike) -> cr.Tensor:
        loss = cr.nn.cross_entropy(model(x), labels)
        optimizer.minimize(loss)
        return loss

    weights, losses = [], []
    for _ in range(STEPS):
        weights.append(hidden.weight.read().copy())
        losses.append(step(x, labels).item())
    accuracy = cr.train.metrics.accuracy(model(x), labels)
    return StartResult(np.array(weights), output.weight.read(), np.array(losses), accuracy)


def _draw(figure: Any, runs: Mapping[str, StartResult]) -> None:
    """Draw the trained nets, the paths of their hidden units, and the losses."""
    grid, right = figure.subfigures(1, 2, width_ratios=(2, 1))
    (zero_net, small_net), (zero_path, small_path) = grid.subplots(2, 2)
    for name, net, path in (("zero", zero_net, zero_path), ("small random", small_net, small_path)):
        weights = runs[name].weights
        layers = [np.zeros(2), np.zeros(UNITS), np.zeros(2)]
        draw_net(net, layers, [weights[-1], runs[name].output], size=90)
        net.set(title=f"weights {name}: trained net")
        path.plot(weights[..., 0], weights[..., 1], color="C0", linewidth=1)
        path.plot(*weights[0].T, "o", color="C6", markersize=5, label="first step")
        path.plot(*weights[-1].T, "o", color="C1", markersize=9, label="last step")
        path.set(title="paths of the 8 hidden units", xlabel="weight of x₁")
        path.set(xlim=(-14, 14), ylim=(-14, 14), ylabel="weight of x₂")
    zero_path.legend(loc="lower left", fontsize=10)
    curves = right.subplots()
    for (name, run), mark in zip(runs.items(), ("-", "k:", "--"), strict=True):
        curves.plot(run.losses, mark, label=name)
    curves.set(title="loss by\ninitial weights", xlabel="step", ylabel="cross-entropy")
    curves.legend()
