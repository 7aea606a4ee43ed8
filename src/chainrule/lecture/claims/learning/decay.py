"""A learning rate that decays takes large steps at first and small ones at the end.

On a parabola with noisy gradients a constant rate r ends at a mean square error of r / (2 - r)
times the variance of the noise, and takes the longer to get there the smaller it is. The net has 64
ReLU units and learns ten classes of overlapping clouds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.rate_runs import STEPS, losses_of

CHAINS, SEEDS = 2000, 3
decays = cr.optim.schedules
NOISY: dict[str, Any] = {
    "constant, 0.5": 0.5,
    "constant, 0.1": 0.1,
    "constant, 0.02": 0.02,
    "halving, from 0.5": decays.StepDecay(0.5, every=STEPS // 5),
    "exponential, from 0.5": decays.Exponential(0.5, decay=5 / STEPS),
}
RATES = (0.1, 0.3, 1.0)


@claim("A decaying rate beats a constant one: fast at first, exact at the end.")
def decay() -> Outcome:
    errors = {name: _errors(rate) for name, rate in NOISY.items()}
    last = {name: each[-20:].mean() for name, each in errors.items()}
    constant = np.array([_last(rate) for rate in RATES])
    halving = np.array([_last(decays.StepDecay(rate, every=STEPS // 5)) for rate in RATES])
    won = (halving.min(axis=0) < 0.95 * constant.min(axis=0)).sum()
    floors = [last[f"constant, {rate:g}"] / (rate / (2 - rate)) for rate in (0.5, 0.1)]
    best = min(each for name, each in last.items() if "constant" in name)
    return Outcome(
        figures={
            **{f"parabola, {name}": f"error {each:.4f}" for name, each in last.items()},
            "r / (2 - r)": f"times {floors[0]:.2f} and {floors[1]:.2f} measured, for 0.5 and 0.1",
            **{
                f"net, from rate {rate:g}": f"loss {each.mean():.2f} constant, "
                f"{other.mean():.2f} halving every {STEPS // 5} steps"
                for rate, each, other in zip(RATES, constant, halving, strict=True)
            },
        },
        held=bool(
            last["exponential, from 0.5"] < best
            and max(abs(each - 1) for each in floors) < 0.1
            and won == SEEDS
        ),
        because=f"with the best constant rate the net reaches a loss of "
        f"{constant.min(axis=0).mean():.2f}, with the best halving one "
        f"{halving.min(axis=0).mean():.2f}, lower on {won} of {SEEDS} tasks; on the parabola the "
        f"error is {best:.4f} and {last['exponential, from 0.5']:.4f}",
        draw=lambda figure: _draw(figure, errors, constant, halving),
    )


def _errors(rate: Any) -> Array:
    """Return the mean square error of many chains on a noisy parabola before every step."""
    x, random = cr.parameter(np.full(CHAINS, 3.0)), np.random.default_rng(0)
    optimizer = cr.optim.SGD([x], rate)

    @cr.compile
    def step(noise: cr.TensorLike) -> cr.Tensor:
        optimizer.minimize(((x - noise) ** 2).sum() / 2)
        return (x**2).mean()

    return np.array([step(random.normal(size=CHAINS)).item() for _ in range(STEPS)])


def _last(rate: Any) -> list[float]:
    return [float(losses_of(rate, seed)[-1]) for seed in range(SEEDS)]


def _draw(figure: Any, errors: dict[str, Array], constant: Array, halving: Array) -> None:
    curves, rates = figure.subplots(1, 2, width_ratios=(3, 2))
    for name, each in errors.items():
        is_constant = "constant" in name
        curves.loglog(
            each, "--" if is_constant else "-", linewidth=1.5 if is_constant else 2.5, label=name
        )
    curves.set(title="a parabola with noisy gradients", xlabel="step", ylabel="mean square error")
    curves.legend(loc="lower left", fontsize=10)
    for losses, mark, name in ((constant, "s--", "constant"), (halving, "o-", "halving")):
        rates.semilogx(RATES, losses.mean(axis=1), mark, label=name)
        rates.semilogx(
            np.repeat(RATES, SEEDS), losses.ravel(), mark[0], color="0.6", zorder=0, markersize=4
        )
    rates.set(title="a net, after 400 steps", xlabel="first rate", ylabel="loss", ylim=(0, None))
    rates.legend()
