"""One window from words to gradients: museums in Paris are amazing.

CS224n lecture 4: x_window holds the vectors of five words side by side, so ds/dx_window splits in
five, one gradient per word. A word that occurs in both windows receives the sum of its parts, and
an update moves the rows of the words in the batch only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.cells import draw_cells, frame
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.derived import checked_lines
from chainrule.lecture.window import CORRUPT, SIZE, TRUE, VOCABULARY, WindowScorer, by_word, ids

RATE = 0.5


@claim("ds/dx_window splits into five word gradients, and an update moves the rows of the batch.")
def window() -> Outcome:
    scorer = WindowScorer()
    graph = cr.Graph(scorer.score(TRUE))
    s, derivation = graph.forward(), graph.derivation()
    x, gradient = (by_word(np.asarray(each)) for each in _ends(graph))
    loss = scorer.loss()
    pair = cr.Graph(loss)
    pair.forward()
    before, rows = pair["J"].value, np.asarray(pair.backward()["L"])
    parts = {name: _rows(pair, words, name) for name, words in _WINDOWS.items()}
    checked = pair.check()
    old = scorer.table.value.copy()
    cr.optim.SGD(scorer.parameters, RATE).minimize(loss)
    moved = scorer.table.value - old
    after = scorer.loss().value
    batch = np.isin(np.arange(len(VOCABULARY)), [*ids(TRUE), *ids(CORRUPT)])
    summed = bool(np.allclose(sum(parts.values()), rows, rtol=1e-12))
    only = bool(np.all(moved[~batch] == 0) and np.allclose(moved, -RATE * rows, rtol=1e-9))
    count, worst = checked_lines(derivation)
    return Outcome(
        text=str(derivation),
        figures={
            "s and s_c": f"{s:.3f} and {float(pair['s_c'].value):.3f}",
            **{
                f"ds/dx of {word}": np.array2string(row, precision=3, suppress_small=True)
                for word, row in zip(TRUE, gradient, strict=True)
            },
            "in both windows": f"museums, in, Paris: {'the' if summed else 'NOT the'} sum of "
            "their two gradients",
            "rows that moved": f"{np.count_nonzero(moved.any(axis=1))} of {len(VOCABULARY)}; "
            "telly keeps every bit",
            "J": f"{before:.3f} before the update, {after:.3f} after it",
        },
        held=derivation.ok and checked.ok and summed and only and bool(after < before),
        because=f"the {count} lines agree with central differences to {worst:.0e}, and "
        f"{batch.sum()} of {len(VOCABULARY)} rows moved",
        draw=lambda figure: _draw(figure, x, gradient, graph, parts),
        graphs={"the score s": graph},
    )


_WINDOWS = {"": TRUE, "_c": CORRUPT}


def _ends(graph: cr.Graph) -> tuple[Any, Any]:
    graph.backward()
    gate = graph["x_window"]
    return gate.value, gate.upstream


def _rows(pair: cr.Graph, words: list[str], suffix: str) -> Array:
    """Return what the rows of the table receive from one window."""
    rows = np.zeros((len(VOCABULARY), SIZE))
    rows[ids(words)] = by_word(np.asarray(pair[f"x_window{suffix}"].upstream))
    return rows


def _draw(figure: Any, x: Array, gradient: Array, graph: cr.Graph, parts: dict[str, Array]) -> None:
    """Draw the window with its layers, its five gradients, and the gradients of the rows."""
    above, below = figure.subplots(2, 1, height_ratios=(1.7, 1))
    frame(above, 25.5, 7.4)
    for number, word in enumerate(TRUE):
        left = 1.6 + 3.25 * number
        draw_cells(above, x[number][None], (left, 5.7), title=word, largest=1, font=8)
        draw_cells(above, gradient[number][None], (left, 2.0), title=word, largest=0.5, font=8)
    h, s = np.asarray(graph["h"].value), np.asarray(graph["s"].value).reshape(1, 1)
    delta = np.asarray(graph["z"].upstream)
    draw_cells(above, h[:, None], (19.9, 6.2), title="h = f(z)", font=8)
    draw_cells(above, s, (23.6, 5.7), title="s = uᵀ h", font=8)
    draw_cells(above, delta[:, None], (19.9, 2.5), title="δ_z", font=8)
    draw_cells(above, np.ones((1, 1)), (23.6, 2.0), title="∂s/∂s", font=8)
    for height, style, first, second in ((5.2, "->", "W, b", "u"), (1.5, "<-", "Wᵀ", "u ∘ f'(z)")):
        for start, end, text in ((18.0, 19.7, first), (21.1, 23.4, second)):
            above.annotate("", (end, height), (start, height), arrowprops={"arrowstyle": style})
            above.text((start + end) / 2, height + 0.25, text, ha="center", fontsize=10)
    for height, text in ((5.2, "x"), (1.5, "∂s/∂x")):
        above.text(1.4, height, text, ha="right", va="center", fontsize=10)
    bars = {"true window": parts[""], "corrupt window": parts["_c"], "both": sum(parts.values())}
    for number, (name, rows) in enumerate(bars.items()):
        places = np.arange(len(VOCABULARY)) + (number - 1) * 0.27
        below.bar(places, np.linalg.norm(rows, axis=1), 0.27, label=name)
    below.set_xticks(range(len(VOCABULARY)), VOCABULARY)
    below.set(ylabel="size of ∂J/∂row", title="rows of the table: those in the batch move")
    below.legend(loc="upper right", ncols=3, fontsize=10)
