"""The network of the notes element by element: dW_ij = delta_i x_j, hence dW = delta x^T.

CS224n lecture 4: s = u^T h, h = f(z), z = W x + b, with three words of one dimension and two hidden
units, so that every sum can be written out whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.cells import draw_cells, frame
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.derived import checked_lines


@claim("Element by element ds/dW_ij is delta_i x_j, so that ds/dW is delta times x transposed.")
def elements() -> Outcome:
    weights = cr.parameter(np.array([[0.5, -1.0, 0.8], [0.3, 0.6, -0.4]]), "W")
    b, u = cr.parameter(np.array([0.1, -0.2]), "b"), cr.parameter(np.array([1.0, -0.5]), "u")
    x = cr.input("x", value=[0.4, 1.0, -0.6])
    z = weights @ x + b
    h = cr.sigmoid(z)
    s = u @ h
    for name, value in (("z", z), ("h", h), ("s", s)):
        value.name = name
    graph = cr.Graph(s)
    derivation, found = graph.derivation(elements=True), graph.backward()
    delta, gradient = np.array(graph["z"].upstream), np.array(found["W"])
    count, worst = checked_lines(derivation)
    same = bool(np.allclose(gradient, np.outer(delta, np.asarray(x)), rtol=1e-12))
    back = bool(np.allclose(np.asarray(found["x"]), weights.value.T @ delta, rtol=1e-12))
    return Outcome(
        text=str(derivation),
        figures={
            "lines checked": f"{count}, the largest relative error is {worst:.0e}",
            "ds/dW": f"(2, 3) = (2, 1) (1, 3): delta times x^T{'' if same else ', DIFFERS'}",
            "ds/dx": f"(3,) = (3, 2) (2,): W^T times delta{'' if back else ', DIFFERS'}",
        },
        held=derivation.ok and same and back,
        because=f"all {count} lines agree with central differences",
        draw=lambda figure: _draw(figure, delta, np.asarray(x), np.asarray(weights)),
        graphs={"s": graph},
    )


def _draw(figure: Any, delta: Array, x: Array, weights: Array) -> None:
    """Draw both products with the formula and the number of every element."""
    axes = figure.subplots()
    frame(axes, 13, 9.4)
    down = [[f"δ{_low(i)}\n{value:.2f}"] for i, value in enumerate(delta)]
    across = [[f"x{_low(j)}\n{value:.2f}" for j, value in enumerate(x)]]
    products = [
        [f"δ{_low(i)} x{_low(j)}\n{delta[i] * x[j]:.2f}" for j in range(3)] for i in range(2)
    ]
    _equation(axes, 8.0, (delta[:, None], "δ  (2, 1)", down), (x[None], "xᵀ  (1, 3)", across))
    draw_cells(axes, np.outer(delta, x), (9.6, 8.0), title="∂s/∂W  (2, 3)", texts=products)
    turned = [[f"W{_low(i)}{_low(j)}\n{weights[i, j]:.2f}" for i in range(2)] for j in range(3)]
    sums = [[f"{value:.2f}"] for value in weights.T @ delta]
    _equation(axes, 3.6, (weights.T, "Wᵀ  (3, 2)", turned), (delta[:, None], "δ  (2,)", down))
    draw_cells(axes, (weights.T @ delta)[:, None], (9.6, 3.6), title="∂s/∂x  (3,)", texts=sums)
    notes = (
        (8.0, "∂s/∂Wᵢⱼ = Σₖ δₖ ∂zₖ/∂Wᵢⱼ = δᵢ xⱼ : a column times a row, so x is transposed"),
        (
            3.6,
            "∂s/∂xⱼ = Σᵢ δᵢ ∂zᵢ/∂xⱼ = Σᵢ δᵢ Wᵢⱼ : a sum over W's first index, so W is transposed",
        ),
    )
    for top, note in notes:
        axes.text(0.2, top + 1.05, note, fontsize=11)


def _equation(axes: Any, top: float, *factors: tuple[Array, str, list[list[str]]]) -> None:
    left = 1.0
    for values, title, texts in factors:
        draw_cells(axes, values, (left, top), title=title, texts=texts)
        left += values.shape[1] + 1.8
    axes.text(8.4, top - 1, "=", fontsize=20, ha="center", va="center")


def _low(position: int) -> str:
    return "₁₂₃"[position]
