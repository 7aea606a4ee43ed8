"""L2 gives a biased estimator of smaller variance: ridge regression, and lasso beside it.

A line is fitted to 20 samples with two inputs that are much alike (correlation 0.9), 2000 times
with new noise. The objective is J = mean squared error + λ Σ θ², or λ Σ |θ|, minimised by proximal
gradient descent. The mean squared error of an estimator is bias² + variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.estimators import TRIALS, Estimates, fitted, samples
from chainrule.lecture.penalty_contours import draw_penalty

STRENGTHS, SHOWN = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0), 1.0


@claim("L2 gives a biased estimator of smaller variance, and of smaller error.")
def ridge() -> Outcome:
    x, y = samples()
    by_l2 = {each: Estimates(fitted(x, y, each, 0.0)) for each in STRENGTHS}
    by_l1 = {each: Estimates(fitted(x, y, 0.0, each)) for each in STRENGTHS}
    plain = by_l2[0.0]
    strength, best = min(by_l2.items(), key=lambda each: each[1].error)
    variances = [each.variance for each in by_l2.values()]
    biases = [each.bias for each in by_l2.values()]
    return Outcome(
        figures={
            "no penalty": str(plain),
            **{f"L2, λ = {each:g}": str(found) for each, found in by_l2.items() if each},
            **{f"L1, λ = {each:g}": str(found) for each, found in by_l1.items() if each},
        },
        held=bool(
            plain.bias < 10 * plain.variance / TRIALS
            and (np.diff(variances) < 0).all()
            and (np.diff(biases)[1:] > 0).all()
            and best.error < 0.8 * plain.error
            and by_l1[SHOWN].zeros > 0.3 > by_l2[SHOWN].zeros
        ),
        because=f"at λ = {strength:g} the variance falls from {plain.variance:.2f} to "
        f"{best.variance:.2f}, bias² grows from {plain.bias:.4f} to {best.bias:.2f}, and their sum "
        f"is {best.error:.2f}; L1 with λ = {SHOWN:g} sets a weight to 0 in "
        f"{by_l1[SHOWN].zeros:.0%} of the trials",
        draw=lambda figure: _draw(figure, (x, y[0]), by_l2, by_l1),
    )


def _draw(
    figure: Any,
    data: tuple[Array, Array],
    by_l2: Mapping[float, Estimates],
    by_l1: Mapping[float, Estimates],
) -> None:
    square, absolute, curves = figure.subplots(1, 3)
    for axes, found, power, name in ((square, by_l2, 2, "θ²"), (absolute, by_l1, 1, "|θ|")):
        path = np.array([each.weights[0] for each in found.values()])
        draw_penalty(axes, *data, path, power)
        axes.set(title=f"one sample, λ Σ {name}")
    places = range(len(STRENGTHS))
    for label, mark, errors in (
        ("bias²", "s--", [each.bias for each in by_l2.values()]),
        ("variance", "o-.", [each.variance for each in by_l2.values()]),
        ("error", "D-", [each.error for each in by_l2.values()]),
    ):
        curves.plot(places, errors, mark, label=label)
    curves.set(title=f"L2, {TRIALS} samples", xlabel="λ")
    curves.set_xticks(places, [f"{each:g}" for each in STRENGTHS])
    curves.legend()
    figure.legend(*square.get_legend_handles_labels(), loc="outside lower center", ncols=3)
