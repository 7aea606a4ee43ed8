"""The report of a gradient check."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from chainrule.graph import Tensor


@dataclass(frozen=True)
class Finding:
    """The comparison of one measured derivative with the formula.

    where        the coordinate, "a random direction", or the input of a gate
    numeric      the central difference
    formula      the derivative computed from the graph
    error        |numeric - formula| relative to the largest of both and the scaled rounding noise
    kink         a gate with a kink at this point, where the one-sided derivatives differ, or None
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
        """Return the finding as one line of the report."""
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
    """The result of the check for one input of the graph or one gate.

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
        """The findings away from kinks, sorted by descending error as it is shown."""
        found = (each for each in self.findings if each.kink is None)
        return tuple(sorted(found, key=lambda each: -float(f"{each.error:.1e}")))

    @property
    def kinks(self) -> tuple[Finding, ...]:
        """The findings on kinks, where no derivative exists."""
        return tuple(each for each in self.findings if each.kink is not None)

    @property
    def error(self) -> float:
        """The largest relative error away from kinks; 0 without such findings."""
        return max((each.error for each in self.smooth), default=0.0)

    @property
    def ok(self) -> bool:
        """Whether the error away from kinks is at most the tolerance."""
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
    """The result of a gradient check.

    inputs  a verdict per input and trainable parameter of the graph
    gates   a verdict per differentiable gate

    `bool(report)` is `report.ok`.
    """

    inputs: tuple[Verdict, ...]
    gates: tuple[Verdict, ...]

    @property
    def wrong_gates(self) -> tuple[Verdict, ...]:
        """The gates whose backward is wrong, sorted by descending error."""
        wrong = (each for each in self.gates if not each.ok)
        return tuple(sorted(wrong, key=lambda each: -each.error))

    @property
    def worst_gate(self) -> Verdict | None:
        """The gate with the largest relative error; None if there is no differentiable gate."""
        return max(self.gates, key=lambda each: each.error, default=None)

    @property
    def kinks(self) -> tuple[Finding, ...]:
        """The findings of all inputs on kinks."""
        return tuple(each for verdict in self.inputs for each in verdict.kinks)

    @property
    def ok(self) -> bool:
        """Whether the derivatives of all inputs and gates are correct."""
        return all(each.ok for each in (*self.inputs, *self.gates))

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        """Return the text of the report: inputs, wrong gates, and the verdict."""
        lines = [f"gradient check in float64, {len(self.inputs)} inputs, {len(self.gates)} gates"]
        lines += [str(each) for each in self.inputs]
        lines += [f"wrong gate: {_with_line(each)}" for each in self.wrong_gates]
        worst = self.worst_gate
        if worst is not None and not self.wrong_gates:
            lines.append(f"worst gate: {worst.name}, relative error {worst.error:.1e}")
        lines.append("verdict: the gradients are right" if self.ok else "verdict: WRONG gradients")
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the text of the report in IPython and notebooks."""
        printer.text(str(self))


def _with_line(verdict: Verdict) -> str:
    source = verdict.subject.origin.source
    return f"{verdict}" + (f"\n    made by: {source}" if source else "")
