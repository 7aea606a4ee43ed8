"""The cost of a net of n layers with n units, on n samples: n³ per layer, n⁴ in all, n⁵ to train.

A layer is a product of two n x n matrices; the net has n layers; it is trained for n steps. The
exponents are the slopes of lines fitted to logarithms, of counted FLOP and of processor time. Small
products and full caches use less of a processor's speed, which moves the exponents of time by some
tenths.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.grown_nets import Growth, measured_growths

TOLERANCE = 0.8


@claim("A layer costs n³, a net of n layers n⁴, its training in n steps n⁵.")
def growth() -> Outcome:
    found = measured_growths()
    powers = dict(zip(found, (3, 4, 5), strict=True))
    timed = {name: each.exponents[1] for name, each in found.items()}
    return Outcome(
        figures={name: str(each) for name, each in found.items()},
        held=all(
            abs(each.exponents[0] - powers[name]) < 0.1
            and abs(timed[name] - powers[name]) < TOLERANCE
            for name, each in found.items()
        )
        and timed["layer"] < timed["net"] < timed["training"],
        because="processor time grows as n to the power of "
        + ", ".join(f"{each:.2f} for a {name}" for name, each in timed.items()),
        draw=lambda figure: _draw(figure, found),
    )


def _draw(figure: Any, found: dict[str, Growth]) -> None:
    counted, timed = figure.subplots(1, 2)
    for i, (name, each) in enumerate(found.items()):
        for axes, values, power in zip(
            (counted, timed), (each.flops, each.seconds), each.exponents, strict=True
        ):
            axes.loglog(each.sizes, values, "osD"[i], color=f"C{i}")
            fitted = np.poly1d(np.polyfit(np.log(each.sizes), np.log(values), 1))
            line = np.exp(fitted(np.log(each.sizes)))
            axes.loglog(each.sizes, line, color=f"C{i}", label=f"{name}: slope {power:.2f}")
    for axes, what in ((counted, "FLOP"), (timed, "processor time, s")):
        axes.set(xlabel="n", ylabel=what, xticks=(32, 64, 128, 256, 512))
        axes.set_xticklabels(("32", "64", "128", "256", "512"))
        axes.minorticks_off()
        axes.legend(loc="upper right", fontsize=10)
