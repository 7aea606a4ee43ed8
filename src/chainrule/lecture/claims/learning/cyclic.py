"""Cyclic rates between the bounds that a range test proposes, beside powers of ten.

Smith (2017). A cycle rises for 50 steps and falls for 50. The net has 64 ReLU units and learns ten
classes of overlapping clouds. While the rate is high the loss hardly falls or rises; when the rate
falls the loss falls below that of the powers of ten. A finer search finds constant rates that are
better still.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.points import clouds_net
from chainrule.lecture.rate_runs import EVERY, STEPS, losses_of, task

UP, SEEDS = 50, 3
POWERS, FINER = (0.001, 0.01, 0.1, 1.0), 0.3
MODES: dict[str, dict[str, Any]] = {
    "triangular": {},
    "triangular2": {"mode": "triangular2"},
    "exp_range": {"mode": "exp_range", "gamma": 0.995},
}


@claim("A rate that cycles between the bounds of a range test beats every power of ten.")
def cyclic() -> Outcome:
    bounds = [_bounds(seed) for seed in range(SEEDS)]
    powers = {rate: np.array([losses_of(rate, seed) for seed in range(SEEDS)]) for rate in POWERS}
    cycles = {
        mode: np.array([losses_of(_cycle(mode, each), i) for i, each in enumerate(bounds)])
        for mode in MODES
    }
    best = np.min([each[:, -1] for each in powers.values()], axis=0)
    ratios = {mode: each[:, -1] / best for mode, each in cycles.items()}
    falls = _falls(cycles["triangular"])
    return Outcome(
        figures={
            "range tests": ", ".join(f"{low:.2g} to {high:.2g}" for low, high in bounds),
            **{f"rate {rate:g}": f"loss {each[:, -1].mean():.2f}" for rate, each in powers.items()},
            f"rate {FINER:g}, between them": f"loss {_last(FINER):.2f}",
            **{mode: f"loss {each[:, -1].mean():.2f}" for mode, each in cycles.items()},
            "as the rate falls": f"the loss falls in {(falls > 0).sum()} of {falls.size} cycles",
        },
        held=bool(ratios["triangular"].max() < 0.95 and (falls > 0).mean() > 0.8),
        because=f"triangular cycles end at {ratios['triangular'].min():.2f} to "
        f"{ratios['triangular'].max():.2f} times the loss of the best power of ten, on {SEEDS} "
        "tasks",
        draw=lambda figure: _draw(figure, bounds[0], powers, cycles),
    )


def _bounds(seed: int) -> tuple[float, float]:
    """Return the bounds that a range test of 100 steps proposes."""
    model, loss = clouds_net(seed), cr.nn.cross_entropy
    found = cr.train.rate_finder(
        model, cr.optim.SGD, loss, task(seed), low=1e-4, high=100, steps=100
    )
    assert found.base is not None, str(found)
    assert found.maximum is not None, str(found)
    return found.base, found.maximum


def _cycle(mode: str, bounds: tuple[float, float]) -> cr.optim.schedules.Schedule:
    return cr.optim.schedules.Cyclic(*bounds, up=UP, **MODES[mode])


def _last(rate: float) -> float:
    return float(np.mean([losses_of(rate, seed)[-1] for seed in range(SEEDS)]))


def _falls(losses: Array) -> Array:
    """Return by how much the loss falls in the second half of every cycle, (seeds, cycles)."""
    half = UP // EVERY
    return np.asarray(losses[:, half - 1 :: 2 * half] - losses[:, 2 * half - 1 :: 2 * half])


def _draw(
    figure: Any,
    bounds: tuple[float, float],
    powers: dict[float, Array],
    cycles: dict[str, Array],
) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    steps = np.arange(EVERY, STEPS + 1, EVERY)
    for i, (mode, losses) in enumerate(cycles.items()):
        upper.plot(_cycle(mode, bounds).values(STEPS), color=f"C{i}")
        lower.plot(steps, losses.mean(axis=0), color=f"C{i}", linewidth=2.5, label=mode)
    for (rate, losses), mark in zip(powers.items(), (":", "-.", "--", "-"), strict=True):
        label = f"constant, {rate:g}"
        lower.plot(steps, losses.mean(axis=0), mark, color="0.5", linewidth=1.5, label=label)
    upper.set(ylabel="learning rate", ylim=(0, None))
    lower.set(xlabel="step", ylabel="loss", ylim=(0, 3.2), xlim=(0, STEPS))
    lower.legend(ncols=3, fontsize=10, loc="upper right")
