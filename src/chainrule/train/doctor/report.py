"""What the doctor says of a run: its illnesses, and the vitals of the last exam."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.explore.figures import number
from chainrule.train.doctor.exam import Exam, History
from chainrule.train.doctor.illnesses import Finding
from chainrule.train.doctor.picture import draw


@dataclass(frozen=True)
class Report:
    """The findings of a run; printed, with the vitals of its last exam.

    history   what they were found in
    findings  the illnesses, causes before consequences
    """

    history: History
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing ails the run."""
        return not self.findings

    def __str__(self) -> str:
        exams = self.history.exams
        parts = [self._verdict, *(f"✗ {each}" for each in self.findings)]
        if exams:
            parts += [_gates(exams[-1]), _weights(exams[-1]), _loops(exams[-1])]
        return "\n\n".join(filter(None, parts))

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw the vitals over the steps to a .png, .svg or .pdf file.

        Raises TrainingError without matplotlib (pip install 'chainrule[plot]') or without exams.
        """
        draw(self.history, path)

    @property
    def _verdict(self) -> str:
        exams = self.history.exams
        count = len(self.findings)
        illnesses = f"{count} illness{'es' * (count != 1)}" if count else "healthy"
        span = f", steps {exams[0].step} to {exams[-1].step}" if exams else ""
        return f"{illnesses}: {len(exams)} exams{span}"


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
    rows = [("loop", "line", "steps", "gradient after the first", "the last", "largest eigenvalue")]
    for loop in exam.loops:
        ends = (number(loop.gradients[0]), number(loop.gradients[-1]))
        radius = "" if loop.radius is None else f"{number(loop.radius)} of {loop.weight}"
        rows.append((loop.name, loop.line, str(len(loop.gradients)), *ends, radius))
    return _table(rows) if len(rows) > 1 else ""


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
