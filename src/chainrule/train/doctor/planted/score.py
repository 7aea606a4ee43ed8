"""The doctor's score: how many planted illnesses it finds, and how many alarms are false."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainrule.train.doctor.planted.healthy import HEALTHY
from chainrule.train.doctor.planted.planted import Planted
from chainrule.train.doctor.planted.sick import SICK


@dataclass(frozen=True)
class Judged:
    """One planted run, and the names of the illnesses that were found in it."""

    planted: Planted
    found: tuple[str, ...]

    @property
    def is_found(self) -> bool:
        """Whether the planted illness is among them."""
        return self.planted.illness in self.found

    @property
    def false(self) -> tuple[str, ...]:
        """What was found and is not there."""
        there = {self.planted.illness, *self.planted.brings}
        return tuple(each for each in self.found if each not in there)

    def __str__(self) -> str:
        found = ", ".join(self.found) or "healthy"
        if self.planted.illness is None:
            return f"{'✗' if self.found else '✓'} {self.planted.name}: {found}"
        mark = "✓" if self.is_found and not self.false else "✗"
        return f"{mark} {self.planted.name} ({self.planted.illness}): {found}"


@dataclass(frozen=True)
class Score:
    """Precision and recall over the planted runs.

    recall     the share of the planted illnesses that were found
    precision  the share of what was found that was planted, or comes of it
    """

    judged: Sequence[Judged]

    @property
    def recall(self) -> float:
        """The share of the planted illnesses that were found."""
        sick = [each for each in self.judged if each.planted.illness is not None]
        return sum(each.is_found for each in sick) / len(sick)

    @property
    def precision(self) -> float:
        """The share of what was found that is there."""
        found = sum(len(each.found) for each in self.judged)
        false = sum(len(each.false) for each in self.judged)
        return (found - false) / found if found else 1.0

    @property
    def is_perfect(self) -> bool:
        """Whether all illnesses were found, and nothing else."""
        return self.recall == self.precision == 1

    @property
    def alarms(self) -> int:
        """How many healthy runs were called sick."""
        return sum(each.planted.illness is None and bool(each.found) for each in self.judged)

    def __str__(self) -> str:
        sick = sum(each.planted.illness is not None for each in self.judged)
        healthy = len(self.judged) - sick
        return (
            f"{sick} sick runs: recall {self.recall:.0%}; {healthy} healthy runs: {self.alarms} "
            f"false alarms; precision {self.precision:.0%}"
        )


def examinations() -> Iterator[Judged]:
    """Train the planted runs one after the other, and give what was found in each."""
    for planted in (*SICK, *HEALTHY):
        findings = planted.examined().findings
        yield Judged(planted, tuple(dict.fromkeys(each.illness for each in findings)))
