"""A gradient check finds an error of 0.1 % in the backward of one gate, and names the gate.

A net has three user-defined gates, whose backwards are made wrong one at a time. A ReLU at exactly
0 is on a kink, where no derivative exists; a kink is not reported as an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.found_errors import draw_found_errors

PLANTED, TOLERANCE, STEP_OF_THE_CHECK = 1e-3, 1e-5, 6e-6
STEPS = np.logspace(-13, 0, 53)

GATES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sigmoid": (cr.sigmoid, lambda y: y * (1 - y)),
    "tanh": (cr.tanh, lambda y: 1 - y * y),
    "exp": (cr.exp, lambda y: y),
}
"""Functions, and their derivatives in terms of their outputs."""


@claim("A gradient check finds an error of 0.1 % in the backward of a gate, and names it.")
def gradcheck() -> Outcome:
    x = np.random.default_rng(0).normal(size=(4, 3))
    right = cr.check_gradients(_net(), x)
    wrong = {name: cr.check_gradients(_net(name), x) for name in GATES}
    blamed = {name: [each.name for each in wrong[name].wrong_gates] for name in GATES}
    found = [name for name, gates in blamed.items() if len(gates) == 1 and name in gates[0]]
    kink = cr.check_gradients(cr.relu, np.array([-1.0, 0.0, 2.0]))
    errors = _errors_by_step(x)
    return Outcome(
        text="\n".join(str(each) for each in wrong["tanh"].wrong_gates),
        figures={
            "no error planted": f"{len(right.wrong_gates)} of {len(right.gates)} gates blamed",
            **{f"0.1 % in {name}": f"{', '.join(blamed[name])} blamed" for name in GATES},
            "ReLU at exactly 0": f"{len(kink.kinks)} kink found, {len(kink.wrong_gates)} gates "
            "blamed",
            **{f"{way}, at best": f"error {min(each):.0e}" for way, each in errors.items()},
        },
        held=right.ok and len(found) == len(GATES) and kink.ok and len(kink.kinks) == 1,
        because=f"{len(found)} of {len(GATES)} planted errors found and named; without one, "
        f"{len(right.wrong_gates)} of {len(right.gates)} gates blamed",
        draw=lambda figure: _draw(figure, errors, {"none": right, **wrong}),
    )


def _net(planted: str = "", dtype: str = "float64") -> cr.nn.Sequential:
    """Return a net; the backward of the gate `planted` is too large by a factor of 1.001."""
    random = np.random.default_rng(0)
    layers = [cr.nn.Linear(3, 3, dtype=dtype, random=random) for _ in GATES]
    gates = [_gate(name, 1 + PLANTED if name == planted else 1) for name in GATES]
    pairs = zip(layers, gates, strict=True)
    return cr.nn.Sequential(*[each for pair in pairs for each in pair])


def _gate(name: str, factor: float) -> Callable[..., cr.Tensor]:
    function, derivative = GATES[name]
    made: Any = cr.gate(lambda x: function(x))
    made.name = name
    made.backward(lambda upstream, output, x: upstream * derivative(output) * factor)
    return made  # type: ignore[no-any-return]


def _errors_by_step(x: Array) -> dict[str, list[float]]:
    """Return the relative errors of differences along one direction, for every step size."""
    direction = np.random.default_rng(1).normal(size=x.shape)
    double, single = _net(), _net(dtype="float32")
    slope = np.vdot(cr.grad(lambda x: double(x).mean())(x).value, direction)

    def error(net: Callable[..., cr.Tensor], above: float, below: float) -> float:
        high, low = (net(x + move * direction).mean().item() for move in (above, -below))
        return abs(float((high - low) / (above + below) / slope - 1))

    return {
        "one-sided, float64": [error(double, h, 0) for h in STEPS],
        "central, float64": [error(double, h, h) for h in STEPS],
        "central, float32": [error(single, h, h) for h in STEPS],
    }


def _draw(figure: Any, errors: Mapping[str, Sequence[float]], reports: Mapping[str, Any]) -> None:
    """Draw the error that the check finds in every gate, and the error of differences by step."""
    table, curves = figure.subplots(1, 2, width_ratios=(3, 2))
    draw_found_errors(table, reports, TOLERANCE)
    looks = ("-.", "black"), ("-", "C0"), ("--", "C1")
    for (way, values), (mark, colour) in zip(errors.items(), looks, strict=True):
        best = int(np.argmin(values))
        label = f"{way}: best {values[best]:.0e} at h = {STEPS[best]:.0e}"
        curves.loglog(STEPS, values, mark, color=colour, label=label)
        curves.plot(STEPS[best], values[best], "o", color=colour)
    curves.axvline(STEP_OF_THE_CHECK, color="C7", label=f"the check: h = {STEP_OF_THE_CHECK:.0e}")
    curves.set(title="error of differences", xlabel="step h", ylim=(1e-13, 10))
    curves.legend(loc="upper center", bbox_to_anchor=(0.45, -0.18), fontsize=10)
