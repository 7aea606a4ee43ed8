"""The report of the doctor: the illnesses of a run, and the measurements of the last exam."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from chainrule.explore.number_text import number
from chainrule.graph import html_table
from chainrule.train.doctor.exam import Exam, ExamHistory
from chainrule.train.doctor.exam_picture import draw_exams
from chainrule.train.doctor.rules.finding import DoctorFinding
from chainrule.train.doctor.short_name import short_name

_WIDTH = 80  # characters of a line
_SHORTEST = 24  # characters of a name
_GAP = "  "
TextTable = Sequence[Sequence[str]]


@dataclass(frozen=True)
class DoctorReport:
    """The findings of a run; printed together with the measurements of its last exam.

    history   the exams that the findings are from
    findings  the illnesses, causes before consequences
    """

    history: ExamHistory
    findings: tuple[DoctorFinding, ...]

    @property
    def ok(self) -> bool:
        """Whether no illness was found."""
        return not self.findings

    def __str__(self) -> str:
        return "\n\n".join([*map(_as_text, self._tables()), self.verdict])

    @property
    def verdict(self) -> str:
        """Each illness with its evidence and remedy, and how many there are."""
        return "\n\n".join([*(f"✗ {each}" for each in self.findings), self._summary])

    @property
    def _summary(self) -> str:
        exams, count = self.history.exams, len(self.findings)
        illnesses = f"{count} illness{'es' * (count != 1)}" if count else "healthy"
        span = f", steps {exams[0].step} to {exams[-1].step}" if exams else ""
        return f"{illnesses}: {len(exams)} exam{'s' * (len(exams) != 1)}{span}"

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure of matplotlib with the measurements over the steps.

        path  a .png, .svg or .pdf file that the figure is written to; None for no file

        Raises TrainingError without matplotlib (pip install 'chainrule[plot]') or without exams.
        """
        return draw_exams(self.history, path)

    def _repr_html_(self) -> str:
        """Return findings and tables for notebooks; the tables are folded."""
        findings = [(e.illness, e.where, e.evidence, e.remedy) for e in self.findings]
        shown = html_table(("illness", "where", "evidence", "remedy"), findings) if findings else ""
        tables = "".join(html_table(header, rows) for header, *rows in self._tables())
        folded = f"<details><summary>last exam</summary>{tables}</details>" if tables else ""
        return f"<p><b>{escape(self._summary)}</b></p>{shown}{folded}"

    def _tables(self) -> list[TextTable]:
        """Return the tables of the last exam that have rows; the first row is the header."""
        exams = self.history.exams
        tables = [_gates(exams[-1]), _weights(exams[-1]), _loops(exams[-1])] if exams else []
        return [each for each in tables if len(each) > 1]


def _gates(exam: Exam) -> TextTable:
    rows = [("gate", "line", "value", "gradient", "units")]
    for gate in exam.gates:
        if gate.role:
            shares = (("dead", gate.dead), ("saturated", gate.saturated))
            units = ", ".join(f"{share:.0%} {name}" for name, share in shares if share)
            rows.append((gate.name, gate.line, number(gate.size), number(gate.gradient), units))
    return rows


def _weights(exam: Exam) -> TextTable:
    rows = [("parameter", "shape", "norm", "gradient", "update / norm")]
    for weight in exam.weights:
        gradient = "none" if weight.gradient is None else number(weight.gradient)
        shape = " x ".join(map(str, weight.shape)) or "scalar"
        rows.append((weight.name, shape, number(weight.norm), gradient, number(weight.ratio)))
    return rows


def _loops(exam: Exam) -> TextTable:
    rows = [("loop", "line", "steps", "first gradient", "last", "largest eigenvalue")]
    for loop in exam.loops:
        ends = (number(loop.gradients[0]), number(loop.gradients[-1]))
        radius = "" if loop.radius is None else f"{number(loop.radius)} of {loop.weight}"
        rows.append((loop.name, loop.line, str(len(loop.gradients)), *ends, radius))
    return rows


def _as_text(rows: TextTable) -> str:
    """Return rows as lines of equal columns; names are shortened where a line is too wide."""
    others = [max(map(len, column)) for column in list(zip(*rows, strict=True))[1:]]
    room = max(_SHORTEST, _WIDTH - sum(others) - len(_GAP) * len(others))
    named = [(short_name(name, room), *cells) for name, *cells in rows]
    widths = [max(map(len, column)) for column in zip(*named, strict=True)]
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in named
    )
