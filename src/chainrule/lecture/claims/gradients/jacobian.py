"""Backpropagation through a vector gate does not build its Jacobian."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.bars import draw_bars
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import peak_bytes, seconds
from chainrule.lecture.unit_text import size, time

WIDTH = 4096


@claim("Backpropagation through a ReLU layer of 4096 units never builds its Jacobian.")
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
        because=f"the gradient takes 1/{slow / fast:.0f} of the time and "
        f"1/{large / small:.0f} of the memory",
        draw=lambda figure: _draw(figure, full, (slow, fast), (large, small)),
    )


def _draw(
    figure: Any, matrix: Array, times: tuple[float, float], sizes: tuple[float, float]
) -> None:
    """Draw a corner of the Jacobian, and the time and memory of both ways."""
    corner, bars = figure.subfigures(1, 2, width_ratios=(1, 1.3))
    axes = corner.subplots()
    axes.imshow(matrix[:16, :16], cmap="Blues")
    axes.set(title=f"the first 16 x 16 of {WIDTH} x {WIDTH} entries", ylabel="output unit")
    axes.set(xticks=range(0, 16, 5), yticks=range(0, 16, 5))
    share = np.count_nonzero(matrix) / matrix.size
    axes.set_xlabel(f"input unit\n{share:.3%} of all entries are not zero")
    axes.grid(visible=False)
    for axes, values, shown, what in zip(
        bars.subplots(2, 1), (times, sizes), (time, size), ("time", "memory"), strict=True
    ):
        texts = [shown(each) for each in values]
        draw_bars(axes, ("Jacobian", "backward"), values, texts, color=("C1", "C0"), log=True)
        axes.set(title=f"{what}: backward takes 1/{values[0] / values[1]:,.0f} of it")
        axes.set_xticks([])
        axes.minorticks_off()
