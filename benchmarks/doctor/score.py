"""The doctor's score: how many planted illnesses it finds, and how many findings are false."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.doctor.healthy import HEALTHY
from benchmarks.doctor.planted_run import PlantedRun
from benchmarks.doctor.sick import SICK


@dataclass(frozen=True)
class ExaminedRun:
    """One planted run, and the names of the illnesses that were found in it."""

    planted: PlantedRun
    found: tuple[str, ...]

    @property
    def is_found(self) -> bool:
        """Whether the planted illness was found."""
        return self.planted.illness in self.found

    @property
    def false(self) -> tuple[str, ...]:
        """The findings that are neither the planted illness nor one of its consequences."""
        present = {self.planted.illness, *self.planted.consequences}
        return tuple(each for each in self.found if each not in present)

    def __str__(self) -> str:
        found = ", ".join(self.found) or "healthy"
        if self.planted.illness is None:
            return f"{'✗' if self.found else '✓'} {self.planted.name}: {found}"
        mark = "✓" if self.is_found and not self.false else "✗"
        return f"{mark} {self.planted.name} ({self.planted.illness}): {found}"


@dataclass(frozen=True)
class Score:
    """Precision and recall of the doctor over planted runs."""

    runs: Sequence[ExaminedRun]

    @property
    def recall(self) -> float:
        """The share of the planted illnesses that were found, from 0 to 1."""
        sick = [each for each in self.runs if each.planted.illness is not None]
        return sum(each.is_found for each in sick) / len(sick)

    @property
    def precision(self) -> float:
        """The share of the findings that are true, from 0 to 1."""
        found = sum(len(each.found) for each in self.runs)
        false = sum(len(each.false) for each in self.runs)
        return (found - false) / found if found else 1.0

    @property
    def is_perfect(self) -> bool:
        """Whether all planted illnesses were found, and nothing else."""
        return self.recall == self.precision == 1

    @property
    def alarms(self) -> int:
        """The number of healthy runs in which an illness was found."""
        return sum(each.planted.illness is None and bool(each.found) for each in self.runs)

    def __str__(self) -> str:
        sick = sum(each.planted.illness is not None for each in self.runs)
        healthy = len(self.runs) - sick
        return (
            f"{sick} sick runs: recall {self.recall:.0%}; {healthy} healthy runs: {self.alarms} "
            f"false alarms; precision {self.precision:.0%}"
        )


def examined_runs() -> Iterator[ExaminedRun]:
    """Train the planted runs one after the other, and yield the findings of each."""
    for planted in (*SICK, *HEALTHY):
        findings = planted.examined().findings
        yield ExaminedRun(planted, tuple(dict.fromkeys(each.illness for each in findings)))
