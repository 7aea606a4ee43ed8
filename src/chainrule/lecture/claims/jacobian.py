"""A vector gate has a Jacobian, and backpropagation never builds it."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import peak_bytes, seconds
from chainrule.lecture.writing import size, time

WIDTH = 4096


@claim("A8", "Backpropagation through a ReLU layer of 4096 units never builds its Jacobian.")
def jacobian() -> Outcome:
    random = np.random.default_rng(0)
    x = random.normal(size=WIDTH).astype(np.float32)
    upstream = random.normal(size=WIDTH).astype(np.float32)

    def with_the_jacobian() -> Array:
        product: Array = upstream @ np.asarray(cr.jacobian(cr.relu)(x))
        return product

    def by_backpropagation() -> Array:
        _, pullback = cr.vjp(cr.relu, x)
        (gradient,) = pullback(upstream)
        return np.asarray(gradient)

    full = np.asarray(cr.jacobian(cr.relu)(x))
    same = np.array_equal(upstream @ full, by_backpropagation())
    slow, fast = seconds(with_the_jacobian, times=1), seconds(by_backpropagation)
    large, small = full.nbytes, peak_bytes(by_backpropagation)
    return Outcome(
        figures={
            "the Jacobian": f"{WIDTH} x {WIDTH}",
            "not zero": f"{np.count_nonzero(full):,} of {full.size:,}, all on the diagonal",
            "through the Jacobian": f"{time(slow)}, {size(large)} for the matrix alone",
            "backpropagation": f"{time(fast)}, {size(small)}",
            "the two gradients": "equal in every bit" if same else "differ",
        },
        held=same and slow > 100 * fast and large > 100 * small,
        because=f"the same gradient in 1/{slow / fast:.0f} of the time and 1/{large / small:.0f} "
        "of the memory",
        draw=lambda figure: _draw(figure, full[:16, :16], (slow, fast), (large, small)),
    )


def _draw(figure: Any, corner: Any, times: tuple[float, float], sizes: tuple[int, int]) -> None:
    matrix, clock, memory = figure.subplots(1, 3, width_ratios=(2, 1, 1))
    matrix.imshow(corner, cmap="Blues")
    matrix.set(title="its first 16 x 16 entries", xlabel="input unit", ylabel="output unit")
    matrix.set(xticks=range(0, 16, 5), yticks=range(0, 16, 5))
    matrix.grid(visible=False)
    ways = ["Jacobian", "backward"]
    for axes, values, what in (
        (clock, np.array(times) * 1e3, "time, ms"),
        (memory, np.array(sizes) / 1e6, "memory, MB"),
    ):
        axes.bar(ways, values, color=("C1", "C0"))
        axes.set(yscale="log", ylabel=what)
