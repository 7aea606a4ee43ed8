"""Windows are classified faster as one matrix than one at a time.

CS224n lecture 4 scores N = 500 windows of d = 300 numbers for C = 5 classes, in a loop over the
windows and as one product of matrices: 639 µs and 53.8 µs there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.bars import draw_bars
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import seconds
from chainrule.lecture.unit_text import time

WINDOWS, WIDTH, CLASSES = 500, 300, 5
PRINTED = (639e-6, 53.8e-6)  # seconds, in the lecture
TOGETHER = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@claim("As one matrix, 500 windows are classified about 10 times as fast as one by one.")
def vectorisation() -> Outcome:
    random = np.random.default_rng(0)
    weights, matrix = random.random((CLASSES, WIDTH)), random.random((WIDTH, WINDOWS))
    windows = matrix.T.copy()
    product = cr.compile(lambda x: weights @ x)
    loop = cr.compile(lambda x: cr.scan(lambda none, each: (none, weights @ each), 0.0, x)[1])

    one_by_one: dict[str, Callable[[], Any]] = {
        "NumPy": lambda: [weights.dot(each) for each in windows],
        "compiled product": lambda: [product(each).value for each in windows],
        "compiled loop": lambda: loop(windows).value,
    }
    as_one_matrix: dict[str, Callable[[], Any]] = {
        "NumPy": lambda: weights.dot(matrix),
        "compiled product": lambda: product(matrix).value,
        "compiled loop": lambda: product(matrix).value,
    }
    same = all(np.allclose(one_by_one[way](), as_one_matrix[way]().T) for way in one_by_one)
    slow = {way: seconds(call, times=25) for way, call in one_by_one.items()}
    fast = {way: seconds(call, times=99) for way, call in as_one_matrix.items()}
    ratios = {way: slow[way] / fast[way] for way in slow}
    parts = [matrix[:, :count].copy() for count in TOGETHER]
    each = [seconds(partial(weights.dot, x), times=99) / x.shape[1] for x in parts]
    return Outcome(
        figures={
            **{way: f"{time(slow[way])} one by one, {time(fast[way])} as one" for way in slow},
            "times as fast": ", ".join(f"{way} {ratio:.1f}" for way, ratio in ratios.items()),
            "the scores": "equal" if same else "differ",
        },
        held=same and min(ratios["NumPy"], ratios["compiled product"]) > 3,
        because=f"one matrix is {ratios['NumPy']:.0f} times as fast in NumPy, and "
        f"{ratios['compiled product']:.0f} times where every window is a compiled call",
        draw=lambda figure: _draw(figure, slow, fast, each),
    )


def _draw(
    figure: Any, slow: Mapping[str, float], fast: Mapping[str, float], each: Sequence[float]
) -> None:
    """Draw the speed-up of one product, and the time per window by the number of windows."""
    bars, curve = figure.subplots(1, 2, width_ratios=(3, 2))
    pairs = {"lecture: NumPy": PRINTED, **{way: (slow[way], fast[way]) for way in slow}}
    ratios = [one_by_one / as_one for one_by_one, as_one in pairs.values()]
    texts = [
        f"{ratio:.1f} times\n{time(one_by_one)} → {time(as_one)}"
        for ratio, (one_by_one, as_one) in zip(ratios, pairs.values(), strict=True)
    ]
    draw_bars(bars, [way.replace(" ", "\n") for way in pairs], ratios, texts, log=True)
    bars.axvline(1, color="black", linestyle=":")
    bars.set_xlim(min(0.8, *ratios), 60 * max(ratios))
    bars.set(title="500 windows: one by one → as one matrix", xlabel="times as fast")
    times = np.array(each) * 1e9
    curve.loglog(TOGETHER, times, "o-", color="C0")
    for place, above in ((0, -20), (-1, 10)):
        text, at = time(times[place] / 1e9), (TOGETHER[place], times[place])
        curve.annotate(text, at, (0, above), textcoords="offset points", ha="center")
    curve.set(title="NumPy", xlabel="windows in one matrix", ylabel="time per window, ns")
    curve.set(ylim=(times.min() / 2, times.max() * 2))
    curve.margins(x=0.15)
