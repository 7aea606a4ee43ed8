"""The report of a gradient check."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from chainrule.graph import Tensor


@dataclass(frozen=True)
class Finding:
    """One measured derivative, compared with the formula.

    where        the coordinate, or "a random direction"
    numeric      the central difference
    formula      the derivative of the graph
    error        |numeric - formula| relative to the larger, or to the rounding noise
    kink         a gate with a kink at this point, where the one-sided derivatives differ
    left, right  the one-sided derivatives
    """

    where: str
    numeric: float
    formula: float
    error: float
    kink: Tensor | None = None
    left: float = 0.0
    right: float = 0.0

    def __str__(self) -> str:
        if self.kink is not None:
            return (
                f"kink of {self.kink.label} at {self.where}: derivative {self.left:.6g} on the "
                f"left, {self.right:.6g} on the right, formula {self.formula:.6g}"
            )
        text = (
            f"{self.where}: numeric {self.numeric:.8g}, formula {self.formula:.8g}, "
            f"relative error {self.error:.1e}"
        )
        if not self.numeric or not isfinite(self.error):
            return text
        return text + f" (the formula is {self.formula / self.numeric:.5g} times the measurement)"


@dataclass(frozen=True)
class Verdict:
    """The verdict on one input of the graph, or on one gate, with its findings.

    subject    the input or gate
    name       its name
    findings   all measured derivatives
    tolerance  the largest accepted relative error
    """

    subject: Tensor
    name: str
    findings: tuple[Finding, ...]
    tolerance: float

    @property
    def smooth(self) -> tuple[Finding, ...]:
        """The findings away from kinks, the worst first."""
        found = (each for each in self.findings if each.kink is None)
        return tuple(sorted(found, key=lambda each: -each.error))

    @property
    def kinks(self) -> tuple[Finding, ...]:
        """The findings on a kink, where no derivative exists."""
        return tuple(each for each in self.findings if each.kink is not None)

    @property
    def error(self) -> float:
        """The largest relative error away from kinks."""
        return self.smooth[0].error if self.smooth else 0.0

    @property
    def ok(self) -> bool:
        """Whether formula and measurement agree away from kinks."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        mark = "✗" if not self.ok else "✓" if self.smooth else "~"
        shape = list(self.subject.shape)
        line = f"{mark} {self.name} {shape}: {len(self.smooth)} derivatives"
        line += f", worst relative error {self.error:.1e}" if self.smooth else ""
        lines = [line]
        if not self.ok:
            lines.append(f"    wrong at {self.smooth[0]}")
        if self.kinks:
            lines.append(f"    {len(self.kinks)} on a kink, not counted; {self.kinks[0]}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """The result of a gradient check: a verdict per input of the graph, and per gate.

    `report.ok`, and `bool(report)`, is whether every formula agrees.
    """

    inputs: tuple[Verdict, ...]
    gates: tuple[Verdict, ...]

    @property
    def wrong_gates(self) -> tuple[Verdict, ...]:
        """The gates whose backward is wrong, the worst first."""
        wrong = (each for each in self.gates if not each.ok)
        return tuple(sorted(wrong, key=lambda each: -each.error))

    @property
    def worst_gate(self) -> Verdict | None:
        """The gate with the largest relative error; None if there is no differentiable gate."""
        return max(self.gates, key=lambda each: each.error, default=None)

    @property
    def kinks(self) -> tuple[Finding, ...]:
        """The findings of inputs on a kink of a gate."""
        return tuple(each for verdict in self.inputs for each in verdict.kinks)

    @property
    def ok(self) -> bool:
        """Whether all inputs and gates agree."""
        return all(each.ok for each in (*self.inputs, *self.gates))

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"gradient check in float64, {len(self.inputs)} inputs, {len(self.gates)} gates"]
        lines += [str(each) for each in self.inputs]
        lines += [f"wrong gate: {_with_line(each)}" for each in self.wrong_gates]
        worst = self.worst_gate
        if worst is not None and not self.wrong_gates:
            lines.append(f"worst gate: {worst.name}, relative error {worst.error:.1e}")
        lines.append("verdict: the gradients are right" if self.ok else "verdict: WRONG gradients")
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Write what notebooks show: the text of the report."""
        printer.text(str(self))


def _with_line(verdict: Verdict) -> str:
    source = verdict.subject.origin.source
    return f"{verdict}" + (f"\n    made by: {source}" if source else "")
