"""RAdam divides by Adam's estimate of the gradient's size only once the estimate is reliable.

Liu and others (2020). Adam's first step has the size of the rate for every weight, whatever its
gradient. The net has six layers of 32 ReLU units and learns two spirals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.points import spirals

DEPTH, WIDTH, BATCH, STEPS, EARLY, SEEDS = 6, 32, 32, 200, 40, 3
RATES, LARGE = (0.02, 0.2), 0.2
OPTIMIZERS: dict[str, type[cr.optim.Adam | cr.optim.RAdam]] = {
    "Adam": cr.optim.Adam,
    "RAdam": cr.optim.RAdam,
}


@dataclass(frozen=True)
class FirstSteps:
    """The loss of every step, (steps,), and the root mean square change of a weight, (steps,)."""

    losses: Array
    changes: Array

    @property
    def peak(self) -> float:
        """The largest loss of the first 40 steps."""
        return float(self.losses[:EARLY].max())

    @property
    def last(self) -> float:
        """The mean loss of the last 40 steps."""
        return float(self.losses[-EARLY:].mean())


@claim("RAdam steadies the first steps: at a large rate Adam's loss jumps, RAdam's does not.")
def radam() -> Outcome:
    runs = {
        (name, rate): [_trained(name, rate, seed) for seed in range(SEEDS)]
        for name in OPTIMIZERS
        for rate in RATES
    }
    adam, steady = runs["Adam", LARGE], runs["RAdam", LARGE]
    jump, calm = min(each.peak for each in adam), max(each.peak for each in steady)
    first = [float(each[0].changes[0]) for each in (adam, steady)]
    return Outcome(
        figures={
            **{
                f"{name}, rate {rate:g}": f"loss at most {max(e.peak for e in found):.2f} in the "
                f"first {EARLY} steps, {np.mean([e.last for e in found]):.3f} in the last"
                for (name, rate), found in runs.items()
            },
            "first change of a weight": f"{first[0]:.1e} by Adam, {first[1]:.1e} by RAdam, at rate "
            f"{LARGE:g}",
        },
        held=jump > 2 * calm and first[0] > 10 * first[1],
        because=f"at rate {LARGE:g} Adam's loss jumps to {jump:.1f} or more in the first {EARLY} "
        f"steps, RAdam's never exceeds {calm:.2f}",
        draw=lambda figure: _draw(figure, runs),
    )


def _trained(name: str, rate: float, seed: int) -> FirstSteps:
    random = np.random.default_rng(seed)
    x, labels = spirals(384, random)
    layers: list[Any] = []
    for inputs in (2, *[WIDTH] * (DEPTH - 1)):
        layers += [cr.nn.Linear(inputs, WIDTH, random=random), cr.relu]
    model = cr.nn.Sequential(*layers, cr.nn.Linear(WIDTH, 2, random=random))
    optimizer = OPTIMIZERS[name](model, rate)

    @cr.compile
    def step(x: cr.TensorLike, labels: cr.TensorLike) -> cr.Tensor:
        loss = cr.nn.cross_entropy(model(x), labels)
        optimizer.minimize(loss)
        return loss

    losses, places = [], [_weights(model)]
    for _ in range(STEPS):
        batch = random.integers(len(x), size=BATCH)
        losses.append(step(x[batch], labels[batch]).item())
        places.append(_weights(model))
    changes = np.sqrt((np.diff(places, axis=0) ** 2).mean(axis=1))
    return FirstSteps(np.array(losses), changes)


def _weights(model: cr.nn.Module) -> Array:
    return np.concatenate([np.ravel(each.read()) for each in model.parameters()])


def _draw(figure: Any, runs: dict[tuple[str, float], list[FirstSteps]]) -> None:
    losses, changes = figure.subplots(1, 2)
    for name, mark, colour in (("Adam", "--", "C1"), ("RAdam", "-", "C0")):
        for i, each in enumerate(runs[name, LARGE]):
            label = name if i == 0 else None
            losses.semilogy(each.losses[:EARLY], mark, color=colour, label=label)
            changes.semilogy(each.changes[:EARLY], mark, color=colour, label=label)
    losses.set(
        title=f"rate {LARGE:g}, {SEEDS} nets each", xlabel="step", ylabel="loss of the batch"
    )
    changes.set(title="change of a weight", xlabel="step", ylabel="root mean square")
    losses.legend()
