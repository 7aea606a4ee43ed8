"""The gradient through 50 steps of a recurrent net of 5 units, by its largest eigenvalue.

h(t) = f(W h(t-1) + x(t)), f linear or tanh; W is random, scaled to a given eigenvalue. An
eigenvalue above 1 is necessary for tanh to explode but not sufficient (Pascanu et al., 2013):
slopes below 1 reduce the gradient unless all values are small. Medians of 21 nets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim

UNITS, STEPS, NETS = 5, 50, 21
LARGEST = np.array([0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5])


@claim("A gradient through 50 steps explodes above eigenvalue 1 of W, unless tanh saturates.")
def exploding() -> Outcome:
    norms = {
        "linear": np.array([_norms(cr.identity, each) for each in LARGEST]),
        "tanh, small values": np.array([_norms(cr.tanh, each, size=1e-11) for each in LARGEST]),
        "tanh": np.array([_norms(cr.tanh, each) for each in LARGEST]),
    }
    linear, tanh = _per_step(norms["linear"]), _per_step(norms["tanh"])
    away = np.abs(linear / LARGEST - 1).max()
    vanished = (norms["linear"][LARGEST < 0.95, -1] < 0.05).all()
    exploded = (norms["linear"][LARGEST > 1.05, -1] > 10).all()
    return Outcome(
        figures={
            f"largest eigenvalue {largest}": ", ".join(
                f"{name} x {each[i, -1]:.1e}" for name, each in norms.items()
            )
            for i, largest in enumerate(LARGEST)
        },
        held=bool(away < 0.05 and vanished and exploded and tanh.max() < 1),
        because=f"in linear units a step back multiplies the gradient by the largest eigenvalue, "
        f"within {away:.1%}; in tanh units with values around 1, by at most {tanh.max():.2f}",
        draw=lambda figure: _draw(figure, norms),
    )


def _norms(activation: Callable[[cr.Tensor], cr.Tensor], largest: float, size: float = 1) -> Array:
    """Return the norm of the gradient, from the last state back, over that at the last state.

    size  the deviation of the first state; that of the inputs is a tenth of it
    """
    random = np.random.default_rng(0)
    weights = random.normal(size=(NETS, UNITS, UNITS))
    weights *= largest / np.abs(np.linalg.eigvals(weights)).max(axis=1)[:, None, None]
    states: list[cr.Tensor] = [cr.parameter(random.normal(0, size, (NETS, UNITS, 1)))]
    for x in random.normal(0, size / 10, (STEPS, NETS, UNITS, 1)):
        states.append(activation(weights @ states[-1] + x))
    upstream = random.normal(size=(NETS, UNITS, 1))
    gradients = cr.gradients(states[-1], states[::-1], upstream)
    norms = np.linalg.norm(np.array([np.asarray(each) for each in gradients]), axis=(2, 3))
    return np.asarray(np.median(norms / norms[0], axis=1))


def _per_step(norms: Array) -> Array:
    return norms[:, -1] ** (1 / STEPS)


def _draw(figure: Any, norms: dict[str, Array]) -> None:
    through_time, per_step = figure.subplots(1, 2)
    for i in range(2, 7):
        (line,) = through_time.semilogy(norms["linear"][i])
        end = {"xy": (STEPS, norms["linear"][i, -1]), "color": line.get_color()}
        through_time.annotate(f"  {LARGEST[i]}", va="center", **end)
    through_time.set(title="linear, by largest eigenvalue", xlim=(0, STEPS + 6))
    through_time.set(xlabel="steps back in time", ylabel="norm of the gradient / at the last step")
    per_step.plot(LARGEST, LARGEST, color="C7", label="the eigenvalue itself")
    for (name, each), marker in zip(norms.items(), "oxs", strict=True):
        per_step.plot(LARGEST, _per_step(each), marker, markersize=9, label=name)
    per_step.set(title=f"mean of {STEPS} steps", xlabel="largest eigenvalue of W")
    per_step.set(ylabel="factor of the gradient per step")
    per_step.legend()
