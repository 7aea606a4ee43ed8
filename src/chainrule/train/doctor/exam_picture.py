"""The vitals of a run over its steps, as a picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chainrule.train.doctor.exam import Exam, ExamHistory
from chainrule.train.doctor.rules.illnesses import TOO_LARGE, TOO_SMALL
from chainrule.train.errors import TrainingError
from chainrule.train.state.curve_pictures import require_drawing, save_figure

_MOST = 12
Figures = Callable[[Exam], Mapping[str, float]]


def draw_exams(history: ExamHistory, path: str | os.PathLike[str]) -> None:
    """Draw loss, gradients, moves and units over the steps to a .png, .svg or .pdf file.

    Raises TrainingError without matplotlib, or if there is no exam.
    """
    from matplotlib.figure import Figure

    kind = require_drawing(path)
    if not history.exams:
        raise TrainingError(f"The vitals were asked in {path}, but there is no exam yet.")
    figure = Figure(figsize=(14, 8), dpi=150, layout="constrained")
    loss, gradients, moves, units = figure.subplots(2, 2).ravel()
    loss.plot([exam.step for exam in history.exams], [exam.loss for exam in history.exams], "k.-")
    loss.set(title="loss", ylabel="mean since the exam before")
    _lines(gradients, history.exams, _gradients)
    gradients.set(title="gradient that arrives at the outputs of layers", ylabel="norm")
    _lines(moves, history.exams, _moves)
    moves.axhspan(TOO_SMALL, TOO_LARGE, color="tab:green", alpha=0.08, label="usual")
    moves.set(title="move of matrices in one step", ylabel="norm of the move / norm of the matrix")
    _lines(units, history.exams, _sick_units)
    units.set(title="dead ReLU units, saturated values of sigmoid and tanh")
    units.set(ylabel="share", ylim=(-0.02, 1.02))
    for axes in (gradients, moves):
        axes.set_yscale("log", nonpositive="mask")
        _widen(axes)
    for axes in (loss, gradients, moves, units):
        axes.set(xlabel="step", xscale="log")
        axes.grid(alpha=0.3)
    for axes in (gradients, moves, units):
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    save_figure(figure, path, kind)


def _lines(axes: Any, exams: Sequence[Exam], figures: Figures) -> None:
    """Draw a line per name; of many, those evenly spread from the first to the last."""
    names = list(figures(exams[-1]))
    shown = [names[round(i)] for i in _spread(len(names))]
    for number, name in enumerate(shown):
        colour = _colour(number, len(shown))
        values = [figures(exam).get(name, float("nan")) for exam in exams]
        axes.plot([exam.step for exam in exams], values, ".-", color=colour, label=name)


def _widen(axes: Any) -> None:
    """Show at least a power of ten, so that small differences look small."""
    low, high = axes.get_ylim()
    if high < 10 * low:
        axes.set_ylim(low / 3, high * 3)


def _spread(count: int) -> list[float]:
    if count <= _MOST:
        return [float(i) for i in range(count)]
    return [i * (count - 1) / (_MOST - 1) for i in range(_MOST)]


def _colour(number: int, count: int) -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](number / max(1, count - 1) * 0.9)


def _gradients(exam: Exam) -> dict[str, float]:
    return {gate.name: gate.gradient for gate in exam.gates if gate.role == "layer"}


def _moves(exam: Exam) -> dict[str, float]:
    return {each.name: each.ratio for each in exam.weights if len(each.shape) > 1}


def _sick_units(exam: Exam) -> dict[str, float]:
    return {
        gate.name: max(gate.dead, gate.saturated)
        for gate in exam.gates
        if gate.role not in ("", "layer")
    }
