"""What the doctor says of a run: its illnesses, and the vitals of the last exam."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.explore.number_text import number
from chainrule.train.doctor.exam import Exam, ExamHistory
from chainrule.train.doctor.exam_picture import draw_exams
from chainrule.train.doctor.rules.finding import Finding

_WIDTH = 80  # characters of a line
_SHORTEST = 24  # characters of a name
_GAP = "  "


@dataclass(frozen=True)
class DoctorReport:
    """The findings of a run; printed, with the vitals of its last exam.

    history   what they were found in
    findings  the illnesses, causes before consequences
    """

    history: ExamHistory
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing ails the run."""
        return not self.findings

    def __str__(self) -> str:
        exams = self.history.exams
        tables = [_gates(exams[-1]), _weights(exams[-1]), _loops(exams[-1])] if exams else []
        return "\n\n".join(filter(None, [*tables, self.verdict]))

    @property
    def verdict(self) -> str:
        """How many illnesses there are, and each with its evidence and remedy."""
        exams, count = self.history.exams, len(self.findings)
        illnesses = f"{count} illness{'es' * (count != 1)}" if count else "healthy"
        span = f", steps {exams[0].step} to {exams[-1].step}" if exams else ""
        told = f"{illnesses}: {len(exams)} exam{'s' * (len(exams) != 1)}{span}"
        return "\n\n".join([*(f"✗ {each}" for each in self.findings), told])

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw the vitals over the steps to a .png, .svg or .pdf file.

        Raises TrainingError without matplotlib (pip install 'chainrule[plot]') or without exams.
        """
        draw_exams(self.history, path)


def _gates(exam: Exam) -> str:
    rows = [("gate", "line", "value", "gradient", "units")]
    for gate in exam.gates:
        if gate.role:
            units = ", ".join(
                f"{share:.0%} {name}"
                for name, share in (("dead", gate.dead), ("saturated", gate.saturated))
                if share
            )
            told = (number(gate.size), number(gate.gradient), units)
            rows.append((gate.name, gate.line, *told))
    return _table(rows) if len(rows) > 1 else ""


def _weights(exam: Exam) -> str:
    rows = [("parameter", "shape", "norm", "gradient", "move / norm")]
    for weight in exam.weights:
        arrived = "none" if weight.gradient is None else number(weight.gradient)
        shape = " x ".join(map(str, weight.shape)) or "scalar"
        rows.append((weight.name, shape, number(weight.norm), arrived, number(weight.ratio)))
    return _table(rows)


def _loops(exam: Exam) -> str:
    rows = [("loop", "line", "steps", "first gradient", "last", "largest eigenvalue")]
    for loop in exam.loops:
        ends = (number(loop.gradients[0]), number(loop.gradients[-1]))
        radius = "" if loop.radius is None else f"{number(loop.radius)} of {loop.weight}"
        rows.append((loop.name, loop.line, str(len(loop.gradients)), *ends, radius))
    return _table(rows) if len(rows) > 1 else ""


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines of equal columns; names give way where a line would be too wide."""
    others = [max(map(len, column)) for column in list(zip(*rows, strict=True))[1:]]
    room = max(_SHORTEST, _WIDTH - sum(others) - len(_GAP) * len(others))
    named = [(_shortened(name, room), *cells) for name, *cells in rows]
    widths = [max(map(len, column)) for column in zip(*named, strict=True)]
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in named
    )


def _shortened(name: str, room: int) -> str:
    """Return a name without its middle if it is longer than `room`; its end tells most."""
    if len(name) <= room:
        return name
    head = (room - 1) // 3
    return f"{name[:head]}…{name[head + 1 - room :]}"
