"""Initial weights of ten layers: how values grow forward, and gradients backward.

Every layer has 256 inputs and outputs; a random gradient arrives at the last one. Xavier's are
uniform(-r, r) with r = sqrt(6 / (inputs + outputs)), here 0.108. Large weights saturate tanh, yet
the gradient grows, because the weights multiply it by more than the slopes reduce it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.signals import signals_of_stack

DEPTH = 10
first = cr.nn.initial
WEIGHTS: dict[str, tuple[Any, Any]] = {
    "zero, tanh": (first.zeros, cr.tanh),
    "normal, deviation 0.01, tanh": (first.normal(0.01), cr.tanh),
    "normal, deviation 1, tanh": (first.normal(1.0), cr.tanh),
    "uniform(-0.05, 0.05), tanh": (first.uniform(0.05), cr.tanh),
    "Xavier, tanh": (first.xavier_uniform, cr.tanh),
    "Xavier, ReLU": (first.xavier_uniform, cr.relu),
    "He, ReLU": (first.he_normal, cr.relu),
}
KEEP = ["Xavier, tanh", "He, ReLU"]


@dataclass(frozen=True)
class WeightsResult:
    """The standard deviations of values and gradients, layer by layer.

    saturated  the share of values beyond ±0.99
    """

    values: Array
    gradients: Array
    saturated: float

    @property
    def factors(self) -> tuple[float, float]:
        """The factors by which values grow to the last layer, and gradients to the first."""
        up = self.values[-1] / self.values[0] if self.values.all() else 0.0
        return float(up), float(self.gradients[0] / self.gradients[-1])

    @property
    def keeps(self) -> bool:
        """Whether both factors are between 0.1 and 10."""
        return all(0.1 < each < 10 for each in self.factors)

    def __str__(self) -> str:
        up, down = self.factors
        saturated = f", {self.saturated:.0%} saturated" if self.saturated > 0.01 else ""
        return f"values x {up:.2g} forward, gradients x {down:.2g} backward{saturated}"


@claim("Only Xavier's weights for tanh and He's for ReLU preserve signals through ten layers.")
def initialisation() -> Outcome:
    found = {name: _found(*each) for name, each in WEIGHTS.items()}
    factors = [factor for name in KEEP for factor in found[name].factors]
    return Outcome(
        figures={name: str(each) for name, each in found.items()},
        held=[name for name, each in found.items() if each.keeps] == KEEP,
        because=f"with these two, values and gradients change by factors of {min(factors):.2g} to "
        f"{max(factors):.2g} through nine layers; with each of the others one changes more than "
        "tenfold",
        draw=lambda figure: _draw(figure, found),
    )


def _found(initial: Any, activation: Any) -> WeightsResult:
    values, gradients = signals_of_stack(DEPTH, 256, activation, initial=initial)
    saturated = float(np.mean(np.abs(values) > 0.99)) if activation is cr.tanh else 0.0
    return WeightsResult(_deviations(values), _deviations(gradients), saturated)


def _deviations(layers: list[Array]) -> Array:
    return np.array([each.std(dtype=np.float64) for each in layers])


def _draw(figure: Any, found: dict[str, WeightsResult]) -> None:
    up, down = figure.subplots(1, 2)
    layers = range(1, DEPTH + 1)
    for name, each in found.items():
        label = name if each.values.all() else f"{name}: all 0"
        style = {"marker": "o", "linewidth": 3 if name in KEEP else 1.5, "label": label}
        for axes, deviations in ((up, each.values), (down, each.gradients)):
            axes.semilogy(layers, np.where(deviations > 0, deviations, np.nan), **style)
    up.set(title="values", xlabel="layer", ylabel="standard deviation")
    down.set(title="gradients", xlabel="layer", ylabel="standard deviation")
    figure.legend(*up.get_legend_handles_labels(), loc="outside lower center", ncols=3)
