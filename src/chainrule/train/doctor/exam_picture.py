"""The measurements of a run over its steps, as a figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chainrule.storage.paths import AnyPath
from chainrule.train.doctor.exam import Exam, ExamHistory
from chainrule.train.doctor.rules.illnesses import TOO_LARGE, TOO_SMALL
from chainrule.train.doctor.short_name import short_name
from chainrule.train.errors import TrainingError
from chainrule.train.state.figure_files import new_figure, require_drawing, written

_MOST_LINES = 12
_LONGEST_NAME = 24  # characters in a legend
_TICK_DISTANCE, _MOST_TICKS = 1.9, 9  # least ratio of two labelled steps, most labels
Figures = Callable[[Exam], Mapping[str, float]]


def draw_exams(history: ExamHistory, path: AnyPath | None) -> Any:
    """Return a figure of loss, gradients, parameter updates and units over the steps.

    path  a .png, .svg or .pdf file that the figure is written to; None for no file

    Raises TrainingError without matplotlib, or if there is no exam.
    """
    require_drawing(path)
    exams = history.exams
    if not exams:
        raise TrainingError(
            "A picture of the measurements was requested, but there is no exam yet. Train for more "
            "steps first."
        )
    figure = new_figure(14, 8)
    loss, gradients, updates, units = figure.subplots(2, 2).ravel()
    loss.plot([exam.step for exam in exams], [exam.loss for exam in exams], "k.-")
    loss.set(title="loss", ylabel="mean since the exam before")
    _draw_lines(gradients, exams, _gradients)
    gradients.set(title="upstream gradient of layers", ylabel="norm")
    _draw_lines(updates, exams, _updates)
    updates.axhspan(TOO_SMALL, TOO_LARGE, color="tab:green", alpha=0.08, label="usual")
    updates.set(title="update of matrices in one step", ylabel="norm of update / norm of matrix")
    _draw_lines(units, exams, _sick_units)
    units.set(title="dead ReLU units, saturated values", ylabel="share", ylim=(-0.02, 1.02))
    _say_if_none_is_sick(units, exams)
    for axes in (gradients, updates):
        _set_decades(axes)
    for axes in (loss, gradients, updates, units):
        _set_steps(axes, exams)
    for axes in (gradients, updates, units):
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return written(figure, path)


def _draw_lines(axes: Any, exams: Sequence[Exam], figures: Figures) -> None:
    """Draw a line per name; of many names, those evenly spread from the first to the last."""
    names = list(figures(exams[-1]))
    shown = [names[round(i)] for i in _spread(len(names))]
    for number, name in enumerate(shown):
        values = [figures(exam).get(name, float("nan")) for exam in exams]
        axes.plot(
            [exam.step for exam in exams],
            values,
            ".-",
            color=_colour(number, len(shown)),
            label=short_name(name, _LONGEST_NAME),
        )


def _set_steps(axes: Any, exams: Sequence[Exam]) -> None:
    """Make the axis of steps logarithmic, with whole numbers at exams that are apart."""
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    first, last = exams[0].step, exams[-1].step
    distance = max(_TICK_DISTANCE, (last / first) ** (1 / _MOST_TICKS))
    labelled: list[int] = []
    for exam in exams:
        if not labelled or exam.step >= distance * labelled[-1]:
            labelled.append(exam.step)
    axes.set(xlabel="step", xscale="log")
    axes.xaxis.set_major_locator(FixedLocator(labelled))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(alpha=0.3)


def _set_decades(axes: Any) -> None:
    """Make the vertical axis logarithmic from one power of ten to another; label these alone.

    It stays linear where no value is positive, such as the gradients of a detached model.
    """
    from matplotlib.ticker import NullFormatter

    if not any(value > 0 for line in axes.get_lines() for value in line.get_ydata()):
        return
    axes.set_yscale("log", nonpositive="mask")
    low, high = (math.log10(each) for each in axes.get_ylim())
    bottom, top = math.floor(low), math.ceil(high)
    axes.set_ylim(10.0**bottom, 10.0 ** max(top, bottom + 1))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _say_if_none_is_sick(axes: Any, exams: Sequence[Exam]) -> None:
    shares = [share for exam in exams for share in _sick_units(exam).values()]
    if not any(shares):
        text = "0 in all exams" if shares else "no ReLU, sigmoid or tanh between layers"
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color="0.4")


def _spread(count: int) -> list[float]:
    if count <= _MOST_LINES:
        return [float(i) for i in range(count)]
    return [i * (count - 1) / (_MOST_LINES - 1) for i in range(_MOST_LINES)]


def _colour(number: int, count: int) -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](number / max(1, count - 1) * 0.9)


def _gradients(exam: Exam) -> dict[str, float]:
    return {gate.name: gate.gradient for gate in exam.gates if gate.role == "layer"}


def _updates(exam: Exam) -> dict[str, float]:
    return {each.name: each.ratio for each in exam.weights if len(each.shape) > 1}


def _sick_units(exam: Exam) -> dict[str, float]:
    return {
        gate.name: max(gate.dead, gate.saturated)
        for gate in exam.gates
        if gate.role not in ("", "layer")
    }
