"""The error of finite differences by step: it falls with the step, until rounding makes it rise.

The derivative of a net's mean output along a random direction. One-sided differences, (f(x + h) -
f(x)) / h, err as O(h), central ones, (f(x + h) - f(x - h)) / 2h, as O(h²). Rounding adds an error
of the order of ε / h, so that the best steps are near ε^(1/2) and ε^(1/3); ε is 2e-16 in float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import exponent

STEPS = np.logspace(-14, 0, 85)
STEP_OF_THE_CHECK = 6e-6
LINES = {"one-sided, float64": 1, "central, float64": 2}
"""The slope on the right of each curve."""


@claim("One-sided differences err as O(h), central ones as O(h²), down to rounding.")
def differences() -> Outcome:
    errors = _errors()
    right = {name: _slope(errors[name], 3e-3, 1e-1) for name in LINES}
    left = {name: _slope(errors[name], 1e-13, 1e-9) for name in LINES}
    best = {name: (STEPS[each.argmin()], each.min()) for name, each in errors.items()}
    return Outcome(
        figures={
            **{
                f"{name}": f"error as h to the power of {right[name]:.2f}, for small steps of "
                f"{left[name]:.2f}"
                for name in LINES
            },
            **{f"best, {name}": f"{error:.0e} at h = {h:.0e}" for name, (h, error) in best.items()},
        },
        held=bool(
            all(abs(right[name] - power) < 0.1 for name, power in LINES.items())
            and all(-1.4 < each < -0.6 for each in left.values())
            and 30 * best["central, float64"][1] < best["one-sided, float64"][1]
        ),
        because=f"the error grows as h to the power of {right['one-sided, float64']:.2f} for "
        f"one-sided and {right['central, float64']:.2f} for central differences; at best it is "
        f"{best['one-sided, float64'][1]:.0e} and {best['central, float64'][1]:.0e}",
        draw=lambda figure: _draw(figure, errors),
    )


def _errors() -> dict[str, Array]:
    """Return the relative error of the differences for every step."""
    x, direction = np.random.default_rng(0).normal(size=(2, 4, 3))
    double, single = _mean_of_net("float64"), _mean_of_net("float32")
    slope = np.vdot(np.asarray(cr.grad(double)(x)), direction)

    def errors(f: Any, above: Array, below: Array) -> Array:
        high, low = (
            np.array([f(x + h * direction).item() for h in each]) for each in (above, -below)
        )
        return np.asarray(np.abs((high - low) / (above + below) / slope - 1))

    return {
        "one-sided, float64": errors(double, STEPS, 0 * STEPS),
        "central, float64": errors(double, STEPS, STEPS),
        "central, float32": errors(single, STEPS, STEPS),
    }


def _mean_of_net(dtype: str) -> Any:
    options: dict[str, Any] = {"dtype": dtype, "random": np.random.default_rng(0)}
    hidden, scores = cr.nn.Linear(3, 8, **options), cr.nn.Linear(8, 1, **options)
    return lambda x: cr.tanh(scores(cr.tanh(hidden(cr.asarray(x).astype(dtype))))).mean()


def _slope(errors: Array, low: float, high: float) -> float:
    """Return the exponent of the error between two steps, without errors that happen to be 0."""
    within = (low <= STEPS) & (high >= STEPS) & (errors > 0)
    return exponent(STEPS[within].tolist(), errors[within].tolist())


def _draw(figure: Any, errors: Mapping[str, Array]) -> None:
    axes = figure.subplots()
    looks = ("-.", "black"), ("-", "C0"), ("--", "C1")
    for (name, values), (mark, colour) in zip(errors.items(), looks, strict=True):
        best = values.argmin()
        label = f"{name}: best {values[best]:.0e} at h = {STEPS[best]:.0e}"
        axes.loglog(STEPS, values, mark, color=colour, label=label)
        axes.plot(STEPS[best], values[best], "o", color=colour)
    for name, power, h in (("one-sided, float64", 1, 1e-6), ("central, float64", 2, 3e-4)):
        error = errors[name][np.searchsorted(STEPS, h)]
        axes.annotate(f"slope {power}", (h, error), (10, -14), textcoords="offset points")
    middle = np.exp(np.log(errors["central, float64"][STEPS < 1e-10]).mean())
    axes.annotate("slope -1: rounding", (1e-12, middle), (-20, 45), textcoords="offset points")
    axes.axvline(STEP_OF_THE_CHECK, color="C7", label=f"the check: h = {STEP_OF_THE_CHECK:.0e}")
    axes.set(xlabel="step h", ylabel="relative error", ylim=(1e-13, 10))
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
