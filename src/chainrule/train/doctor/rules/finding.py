"""A finding: an illness, where it is, the evidence, and what to try."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """An illness that was found.

    illness   its name
    where     the gate or parameter to blame, with the user's line where there is one
    evidence  what was measured
    remedy    what to try
    """

    illness: str
    where: str
    evidence: str
    remedy: str

    def __str__(self) -> str:
        where = f" in {self.where}" if self.where else ""
        return f"{self.illness}{where}\n    {self.evidence}\n    remedy: {self.remedy}"
