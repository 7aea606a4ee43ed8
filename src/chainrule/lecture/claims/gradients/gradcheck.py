"""A gradient check finds an error of 0.1 % in the backward of one gate, and names the gate.

A net has three user-defined gates, whose backwards are made wrong one at a time. A ReLU at exactly
0 is on a kink, where no derivative exists; a kink is not reported as an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.found_errors import draw_found_errors

PLANTED, TOLERANCE = 1e-3, 1e-5

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
    return Outcome(
        text="\n".join(str(each) for each in wrong["tanh"].wrong_gates),
        figures={
            "no error planted": f"{len(right.wrong_gates)} of {len(right.gates)} gates blamed",
            **{f"0.1 % in {name}": f"{', '.join(blamed[name])} blamed" for name in GATES},
            "ReLU at exactly 0": f"{len(kink.kinks)} kink found, {len(kink.wrong_gates)} gates "
            "blamed",
        },
        held=right.ok and len(found) == len(GATES) and kink.ok and len(kink.kinks) == 1,
        because=f"{len(found)} of {len(GATES)} planted errors are found and named; without one, "
        f"{len(right.wrong_gates)} of {len(right.gates)} gates are called wrong",
        draw=lambda figure: _draw(figure, {"none": right, **wrong}),
    )


def _net(planted: str = "") -> cr.nn.Sequential:
    """Return a net; the backward of the gate `planted` is too large by a factor of 1.001."""
    random = np.random.default_rng(0)
    layers = [cr.nn.Linear(3, 3, dtype="float64", random=random) for _ in GATES]
    gates = [_gate(name, 1 + PLANTED if name == planted else 1) for name in GATES]
    pairs = zip(layers, gates, strict=True)
    return cr.nn.Sequential(*[each for pair in pairs for each in pair])


def _gate(name: str, factor: float) -> Callable[..., cr.Tensor]:
    function, derivative = GATES[name]
    made: Any = cr.gate(lambda x: function(x))
    made.name = name
    made.backward(lambda upstream, output, x: upstream * derivative(output) * factor)
    return made  # type: ignore[no-any-return]


def _draw(figure: Any, reports: Mapping[str, Any]) -> None:
    draw_found_errors(figure.subplots(), reports, TOLERANCE)
