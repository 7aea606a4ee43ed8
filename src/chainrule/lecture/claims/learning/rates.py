"""Learning rates by powers of ten, the range test that proposes bounds, and the schedules.

A net with 64 ReLU units learns ten classes of overlapping clouds with SGD. On other data, such as
two spirals, the best rate can lie above the maximum that the range test proposes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.points import clouds, clouds_net

RATES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
EPOCHS, STEPS = 10, 400


@claim(
    "A small rate learns slowly, a large one diverges, and the range test finds one between.",
)
def rates() -> Outcome:
    data, loss = clouds(32 * STEPS // EPOCHS, np.random.default_rng(0)), cr.nn.cross_entropy
    first = cr.train.evaluate(clouds_net(0), loss, data)["loss"]
    losses = np.array([_trained(rate, data) for rate in RATES])
    test = cr.train.rate_finder(
        clouds_net(0), cr.optim.SGD, loss, data, low=1e-4, high=100, steps=100
    )
    base, maximum, best = test.base, test.maximum, RATES[losses.argmin()]
    assert base is not None, str(test)
    assert maximum is not None, str(test)
    schedules = _schedules(base, maximum)
    scheduled = {name: _trained(each, data) for name, each in schedules.items()}
    cycled = scheduled["triangular"] / losses.min()
    return Outcome(
        figures={
            "before training": f"loss {first:.2f}",
            **{
                f"rate {rate:g}": _loss_text(loss) for rate, loss in zip(RATES, losses, strict=True)
            },
            "range test": f"rates from {base:.2g} to {maximum:.2g}",
            **{name: _loss_text(loss) for name, loss in scheduled.items()},
        },
        held=bool(
            losses[0] > 0.8 * first
            and losses[-1] > first
            and base < best < maximum
            and cycled < 1.25
        ),
        because=f"the best power of ten, {best:g}, lies within the proposed {base:.2g} to "
        f"{maximum:.2g}; a cycle between the two reaches {cycled:.2f} times its loss",
        draw=lambda figure: _draw(figure, (first, losses), test, schedules),
    )


def _schedules(base: float, top: float) -> dict[str, cr.optim.schedules.Schedule]:
    s = cr.optim.schedules
    return {
        "halving": s.StepDecay(top, every=STEPS // 5),
        "exponential": s.Exponential(top, decay=5 / STEPS),
        "warm-up, cosine": s.WarmUp(s.Cosine(top, steps=STEPS - 40), steps=40),
        "triangular": s.Cyclic(base, top, up=40),
        "triangular2": s.Cyclic(base, top, up=40, mode="triangular2"),
        "exp_range": s.Cyclic(base, top, up=40, mode="exp_range", gamma=0.995),
    }


def _trained(rate: Any, data: tuple[Array, Array]) -> float:
    """Return the loss of the last epoch; infinity if training diverged."""
    model, loss = clouds_net(0), cr.nn.cross_entropy
    optimizer = cr.optim.SGD(model, rate)
    try:
        history = cr.train.fit(model, optimizer, loss, data, epochs=EPOCHS, progress=False)
    except cr.train.NonFiniteError:
        return math.inf
    return float(history["loss"][-1])


def _loss_text(loss: float) -> str:
    return f"loss {loss:.2f}" if loss < math.inf else "diverged"


def _draw(figure: Any, powers: Any, test: cr.train.RateRange, schedules: Any) -> None:
    (first, losses), (left, right) = powers, figure.subfigures(1, 2)
    ends, ranges = left.subplots(2, 1, sharex=True)
    ends.semilogx(RATES, np.minimum(losses, 1.9 * first), "o-")
    ends.text(RATES[-1], 1.7 * first, "diverged  ", ha="right")
    ends.set(title=f"after {EPOCHS} epochs")
    ranges.semilogx(test.rates, test.losses, color="C7", linewidth=1, label="each batch")
    ranges.semilogx(test.rates, test.smoothed, label="smoothed")
    ranges.set(title="range test, its bounds shaded", xlabel="learning rate")
    ranges.legend(loc="lower left")
    for axes in (ends, ranges):
        axes.axvspan(test.base, test.maximum, color="C2", alpha=0.2)
        axes.set(ylim=(0, 2 * first), ylabel="loss")
    grid = right.subplots(3, 2, sharex=True, sharey=True)
    for axes, (name, each) in zip(grid.flat, schedules.items(), strict=True):
        axes.plot(each.values(STEPS))
        axes.set(title=name)
    right.supxlabel("step", fontsize=12)
    right.supylabel("learning rate", fontsize=12)
