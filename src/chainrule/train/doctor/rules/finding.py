"""A finding of the doctor: an illness, its place, the evidence and a remedy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DoctorFinding:
    """An illness that was found in a run.

    illness   the name of the illness
    where     the gate or parameter that causes it, with the user's line if known
    evidence  the measurements that show it
    remedy    what to try
    step      the step at which it was measured
    names     the names of the gates, parameters or scans concerned, the cause first; empty if the
              whole model is
    """

    illness: str
    where: str
    evidence: str
    remedy: str
    step: int = 0
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f" in {self.where}" if self.where else ""
        return f"{self.illness}{where}\n    {self.evidence}\n    remedy: {self.remedy}"
