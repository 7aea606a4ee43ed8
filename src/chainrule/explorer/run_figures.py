"""The measurements of a run over its steps, as series of the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chainrule.train.doctor import Exam, ExamHistory

_MOST_SERIES = 400
Series = dict[str, Any]


def figure_series(history: ExamHistory) -> list[Series]:
    """Return the loss, the rate, and the measurements of layers, activations, weights and scans.

    Series of long runs of large models are left out from the last layer on, beyond 400.
    """
    steps = [exam.step for exam in history.exams]
    found: dict[tuple[str, str, str], dict[int, float | None]] = {}
    for exam in history.exams:
        for key, value in _measured(exam):
            found.setdefault(key, {})[exam.step] = _finite(value)
    return [_series(key, steps, values) for key, values in list(found.items())[:_MOST_SERIES]]


def series_of(series: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Return the names of the series of gates, parameters or scans; of the whole for none."""
    wanted = {*names} or {""}
    return [each["name"] for each in series if each["path"] in wanted]


def _measured(exam: Exam) -> Iterator[tuple[tuple[str, str, str], float | None]]:
    """Yield the figures of an exam: (name, unit, path) and value."""
    yield ("loss", "", ""), exam.loss
    yield ("learning rate", "", ""), exam.learning_rate
    for gate in exam.gates:
        if gate.role:
            yield (f"{gate.name}: gradient", "norm", gate.name), gate.gradient
            yield (f"{gate.name}: value", "root mean square", gate.name), gate.size
        if gate.role == "relu":
            yield (f"{gate.name}: dead units", "share", gate.name), gate.dead
        if gate.role in ("sigmoid", "tanh"):
            yield (f"{gate.name}: saturated values", "share", gate.name), gate.saturated
    for weight in exam.weights:
        yield (f"{weight.name}: update", "of its norm", weight.name), weight.ratio
        yield (f"{weight.name}: gradient", "norm", weight.name), weight.gradient
    for loop in exam.loops:
        name = f"{loop.name}: gradient at the first step"
        yield (name, "of that at the last", loop.name), _ratio(loop.gradients)


def _ratio(gradients: Sequence[float]) -> float | None:
    return gradients[0] / gradients[-1] if gradients[-1] else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _series(
    key: tuple[str, str, str], steps: Sequence[int], values: Mapping[int, float | None]
) -> Series:
    name, unit, path = key
    return {
        "name": name,
        "unit": unit,
        "steps": list(steps),
        "values": [values.get(each) for each in steps],
        "path": path,
    }
