"""Softmax and cross-entropy: the gradient of the scores is p - y, and so short for other functions.

CS224n lectures 3 and 4: dp_i/dz_i = p_i (1 - p_i) and dp_j/dz_i = -p_i p_j, so that the correct
class receives p - 1 and a wrong class receives p. Every line is compared with central differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.cells import draw_cells, frame
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.derived import checked_lines

SCORES, LABEL = np.array([1.2, -0.4, 2.0, 0.3]), 2
X = np.array([[0.4, -1.2, 2.0], [0.1, 1.7, -0.3]])
TARGETS = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])

FUNCTIONS: Mapping[str, Callable[[cr.Tensor], cr.Tensor]] = {
    "sigmoid": cr.sigmoid,
    "tanh": cr.tanh,
    "ReLU": cr.relu,
    "ELU": cr.elu,
    "GELU": cr.gelu,
    "softmax": cr.softmax,
    "log-softmax": cr.log_softmax,
    "layer norm": cr.layer_norm,
    "cross-entropy": lambda x: cr.nn.cross_entropy(x, [2, 0]),
    "hinge": lambda x: cr.nn.hinge(x, [2, 0]),
    "squared error": lambda x: cr.nn.squared_error(x, TARGETS),
    "binary cross-entropy": lambda x: cr.nn.binary_cross_entropy(x, TARGETS),
}


@claim("Softmax and cross-entropy have the gradient p - y, with p - 1 for the correct class.")
def softmax() -> Outcome:
    z = cr.input("z", value=SCORES)
    loss = cr.nn.cross_entropy(z, LABEL)
    loss.name = "loss"
    graph = cr.Graph(loss)
    derivation, gradient = graph.derivation(), np.asarray(graph.backward()["z"])
    p = np.asarray(cr.softmax(SCORES))
    target = np.eye(len(p))[LABEL]
    jacobian = np.asarray(cr.jacobian(cr.softmax)(SCORES))
    others = {name: _derived(function) for name, function in FUNCTIONS.items()}
    count = sum(found[0] for found in others.values())
    same = bool(np.allclose(gradient, p - target, rtol=1e-12))
    own = bool(np.allclose(np.diag(jacobian), p * (1 - p), rtol=1e-12))
    return Outcome(
        text=str(derivation),
        figures={
            "correct class": f"p - 1 = {p[LABEL]:.3f} - 1 = {gradient[LABEL]:.3f}",
            "wrong classes": ", ".join(f"{each:.3f}" for each in np.delete(gradient, LABEL)),
            "sum of the gradient": f"{abs(gradient.sum()):.0e}",
            **{name: f"{right}" for name, (_, _, right) in others.items()},
        },
        held=derivation.ok and same and own and all(each[1] < 1e-5 for each in others.values()),
        because=f"the gradient is p - y to {np.abs(gradient - p + target).max():.0e}; "
        f"all {count} lines of {len(others)} functions agree with central differences",
        draw=lambda figure: _draw(figure, p, target, jacobian),
        graphs={"the loss": graph},
    )


def _derived(function: Callable[[cr.Tensor], cr.Tensor]) -> tuple[int, float, str]:
    """Return the number of lines, the largest error, and the gradient of x, for one function."""
    x = cr.input("x", value=X)
    y = function(x)
    y.name = "y" if y.ndim else "loss"
    derivation = cr.Graph(y if y.ndim == 0 else (y * TARGETS).sum()).derivation(elements=True)
    return *checked_lines(derivation), derivation.backward[-1].equation


def _draw(figure: Any, p: Array, target: Array, jacobian: Array) -> None:
    """Draw the derivatives of p, and p, y and p - y as bars."""
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    count = len(p)
    frame(left, count + 1, count + 1.6)
    texts = [
        [f"{_formula(i, j)}\n{jacobian[i, j]:.3f}" for j in range(count)] for i in range(count)
    ]
    draw_cells(left, jacobian, (0.8, count + 0.4), title="softmax: ∂pᵢ/∂zⱼ", texts=texts)
    for i in range(count):
        left.text(0.6, count - 0.1 - i, f"p{_low(i)}", ha="right", va="center")
        left.text(1.3 + i, 0.15, f"z{_low(i)}", ha="center", va="center")
    places, width = np.arange(count), 0.27
    for shift, (name, values) in enumerate({"p": p, "y": target, "p - y": p - target}.items()):
        bars = right.bar(places + (shift - 1) * width, values, width, label=name)
        if name == "p - y":
            right.bar_label(bars, [f"{value:.2f}" for value in values], padding=2, fontsize=10)
    names = [f"class {i + 1}" + ("\n(correct)" if i == LABEL else "") for i in range(count)]
    right.set_xticks(places, names)
    right.set(ylim=(-1, 1.15), title="what every score receives: ∂loss/∂z = p - y")
    right.axhline(0, color="black", linewidth=0.8)
    right.legend(loc="lower left")


def _formula(i: int, j: int) -> str:
    return f"p{_low(i)} (1 - p{_low(i)})" if i == j else f"-p{_low(i)} p{_low(j)}"


def _low(position: int) -> str:
    return "₁₂₃₄"[position]
