"""A penalty on the weights narrows the gap between training and test: L2 and L1.

The objective is J = mean loss + λ Σ θ², or λ Σ |θ|. As λ grows the net memorises less, then learns
less; the λ with the best validation accuracy lies between. L1 makes most weights almost zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import chainrule as cr
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.overfitting import Trained, best, digits_task, draw_gap, trained

STRENGTHS = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)


@claim("A penalty on the weights, L2 or L1, narrows the gap between training and test.")
def l2() -> Outcome:
    task = digits_task()

    def penalised(norm: Callable[..., cr.Tensor], strength: float) -> Trained:
        return trained(task, penalty=lambda model: strength * norm(model))

    without = trained(task)
    squares = {each: penalised(cr.nn.l2, each) for each in STRENGTHS}
    absolutes = {each: penalised(cr.nn.l1, each) for each in STRENGTHS}
    (square, by_l2), (absolute, by_l1) = best(squares), best(absolutes)
    runs = {"without": without, f"L2, λ = {square:g}": by_l2, f"L1, λ = {absolute:g}": by_l1}
    return Outcome(
        figures={
            name: f"{run}; {run.small:.0%} of the weights below 0.001" for name, run in runs.items()
        },
        held=by_l2.improves(without) and by_l1.improves(without),
        because=f"the gap is {without.gap:.0%} without, {by_l2.gap:.0%} with L2, {by_l1.gap:.0%} "
        "with L1",
        draw=lambda figure: _draw(figure, {"L2: λ Σ θ²": squares, "L1: λ Σ |θ|": absolutes}),
    )


def _draw(figure: Any, sweeps: Mapping[str, Mapping[float, Trained]]) -> None:
    for axes, (name, runs) in zip(figure.subplots(1, 2), sweeps.items(), strict=True):
        draw_gap(axes, runs)
        axes.set(xscale="log", xlabel="λ", title=name)
