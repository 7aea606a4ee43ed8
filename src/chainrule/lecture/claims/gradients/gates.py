"""The circuits that the lectures work out by hand, worked out here and compared.

CS231n lecture 4, "Backpropagation and neural networks": four circuits with their printed numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.circuits import Circuit, ComparedNumber, maximum, neuron, norm, sum_times
from chainrule.lecture.claim import Outcome, claim

GREEN, RED = "#d1fae5", "#fecaca"
COLUMNS = {"": 0.13, "computed here": 0.4, "in the lecture": 0.4, " ": 0.07}


@claim("The circuits worked out by hand have the gradients that the lecture prints.")
def gates() -> Outcome:
    texts: list[str] = []
    graphs: dict[str, cr.Graph] = {}
    found: dict[str, list[ComparedNumber]] = {}
    for circuit in (sum_times(), maximum(), neuron(), norm()):
        circuit.f.name = "f"
        graph = graphs[circuit.title] = cr.Graph(circuit.f)
        compared = found[circuit.title] = _compared(circuit, graph)
        texts.append("\n".join([circuit.title, str(graph.explain()), *map(str, compared)]))
    numbers = [each for compared in found.values() for each in compared]
    right = sum(each.agrees for each in numbers)
    return Outcome(
        text="\n\n".join(texts),
        figures={},
        held=right == len(numbers),
        because=f"{right} of {len(numbers)} numbers agree to the digits that the lecture prints",
        draw=lambda figure: _draw(figure, found),
        graphs=graphs,
    )


def _compared(circuit: Circuit, graph: cr.Graph) -> list[ComparedNumber]:
    found = {"f": graph.forward(), **graph.backward()}
    return [
        ComparedNumber(
            name if name == "f" else f"∂f/∂{name}",
            np.asarray(found[name]),
            np.asarray(printed),
            circuit.digits,
        )
        for name, printed in circuit.printed.items()
    ]


def _draw(figure: Any, found: Mapping[str, Sequence[ComparedNumber]]) -> None:
    """Draw a table per circuit: every number computed here beside the one that is printed."""
    rows = max(map(len, found.values())) + 1
    for axes, (title, numbers) in zip(figure.subplots(2, 2).flat, found.items(), strict=True):
        marks = [GREEN if each.agrees else RED for each in numbers]
        cells = [(*each.cells[:3], each.cells[3][0]) for each in numbers]
        axes.set_axis_off()
        axes.set_title(title, loc="left", fontweight="bold")
        table = axes.table(
            cellText=cells,
            cellColours=[["w", "w", "w", mark] for mark in marks],
            colLabels=list(COLUMNS),
            colWidths=list(COLUMNS.values()),
            cellLoc="center",
            bbox=(0, 1 - (len(numbers) + 1) / rows, 1, (len(numbers) + 1) / rows),
        )
        table.auto_set_font_size(False)
        table.set_fontsize(10 if all(len(each[1]) < 16 for each in cells) else 7.5)
