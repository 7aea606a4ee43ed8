"""The circuits that the lectures work out by hand, worked out here and compared.

CS231n lecture 4, "Backpropagation and neural networks": four circuits with their printed numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.explore.derivation import forward_lines
from chainrule.explore.figures import figure
from chainrule.lecture.claim import Outcome, claim


@dataclass(frozen=True)
class Circuit:
    """One worked circuit: its output, and what the lecture prints for it.

    digits   how many digits after the point the lecture prints
    printed  the output under its name, the gradients under the names of their inputs
    """

    title: str
    output: cr.Tensor
    digits: int
    printed: Mapping[str, Any]


@claim("A7", "The circuits worked out by hand have the gradients that the lecture prints.")
def gates() -> Outcome:
    sections = [_section(each) for each in (_sum_times(), _maximum(), _neuron(), _norm())]
    pairs = [pair for _, found in sections for pair in found]
    right = sum(agrees for _, _, agrees in pairs)
    return Outcome(
        text="\n\n".join(text for text, _ in sections),
        figures={},
        held=right == len(pairs),
        because=f"{right} of {len(pairs)} numbers agree to the digits that the lecture prints",
        draw=lambda drawing: _draw(drawing, pairs),
    )


_Pair = tuple[Any, Any, bool]


def _section(circuit: Circuit) -> tuple[str, list[_Pair]]:
    graph = cr.Graph(circuit.output)
    found = {"f": graph.forward(), **graph.backward()}
    given = ", ".join(f"{name} = {figure(graph[name].value)}" for name in graph.inputs)
    lines = [circuit.title, f"    at {given}", *forward_lines(graph.record())]
    pairs = []
    for name, printed in circuit.printed.items():
        agrees = _agrees(found[name], printed, circuit.digits)
        label = "f" if name == "f" else f"∂f/∂{name}"
        lines.append(_compared(label, found[name], printed, agrees))
        pairs.append((found[name], printed, agrees))
    return "\n".join(lines), pairs


def _agrees(found: Any, printed: Any, digits: int) -> bool:
    """Say whether `found`, rounded to the printed digits, is what is printed."""
    away = np.abs(np.asarray(found) - np.asarray(printed))
    return bool(np.all(away <= 0.5 * 10.0**-digits + 1e-12))


def _compared(label: str, found: Any, printed: Any, agrees: bool) -> str:
    own, lecture = (figure(np.asarray(each, np.float64)) for each in (found, printed))
    mark = "✓" if agrees else "✗ differs"
    return f"    {label:7} = {own:33} lecture {lecture:31} {mark}"


def _sum_times() -> Circuit:
    x, y, z = cr.input("x", value=-2.0), cr.input("y", value=5.0), cr.input("z", value=-4.0)
    f = (x + y) * z
    return Circuit("f = (x + y) z", _named(f), 0, {"f": -12, "x": -4, "y": -4, "z": 3})


def _maximum() -> Circuit:
    x, y, z = cr.input("x", value=1.0), cr.input("y", value=2.0), cr.input("z", value=0.0)
    f = (x + y) * cr.maximum(y, z)
    return Circuit("f = (x + y) max(y, z)", _named(f), 0, {"f": 6, "x": 2, "y": 5, "z": 0})


@cr.gate(says="scales by output · (1 - output)")
def _sigmoid(x: cr.Tensor) -> cr.Tensor:
    return 1 / (1 + cr.exp(-x))


_sigmoid.name = "sigmoid"


def _neuron() -> Circuit:
    w0, x0 = cr.input("w0", value=2.0), cr.input("x0", value=-1.0)
    w1, x1 = cr.input("w1", value=-3.0), cr.input("x1", value=-2.0)
    w2 = cr.input("w2", value=-3.0)
    f = _sigmoid(w0 * x0 + w1 * x1 + w2)
    printed = {"f": 0.73, "w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20}
    return Circuit("f = sigmoid(w0 x0 + w1 x1 + w2)", _named(f), 2, printed)


def _norm() -> Circuit:
    weights = cr.input("W", value=[[0.1, 0.5], [-0.3, 0.8]])
    x = cr.input("x", value=[0.2, 0.4])
    q = weights @ x
    f = (q * q).sum()
    q.name = "q"
    printed = {"f": 0.116, "W": [[0.088, 0.176], [0.104, 0.208]], "x": [-0.112, 0.636]}
    return Circuit("f = |W x|²", _named(f), 3, printed)


def _named(f: cr.Tensor) -> cr.Tensor:
    f.name = "f"
    return f


def _draw(drawing: Any, pairs: Sequence[_Pair]) -> None:
    axes = drawing.subplots()
    computed, printed = (np.concatenate([np.ravel(each[i]) for each in pairs]) for i in (0, 1))
    ends = [min(computed.min(), printed.min()), max(computed.max(), printed.max())]
    axes.plot(ends, ends, color="tab:gray", linewidth=1, label="equal")
    axes.plot(printed, computed, "o", color="tab:blue", label="values and gradients")
    axes.set(xlabel="printed in the lecture", ylabel="computed here")
    axes.legend()
