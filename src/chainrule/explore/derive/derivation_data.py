"""The content of a derivation: its lines and their checks, without any rendering."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chainrule.explore.derive.verify import Verdict
from chainrule.explore.notation.statistics import plain
from chainrule.graph import Shape


@dataclass(frozen=True)
class Line:
    """One line: what is derived, its formula, its shape, and what the check found."""

    left: str
    right: str
    shape: str
    verdict: Verdict | None = None

    @property
    def equation(self) -> str:
        """The line as it is written; one without a shape says that there is no path."""
        return f"{self.left} = {self.right}" if self.shape else self.right

    def to_dict(self) -> dict[str, Any]:
        """Return the same in plain numbers and strings."""
        verdict = self.verdict
        found = verdict and {
            "ok": verdict.ok,
            "error": plain(verdict.error),
            "kink": verdict.kink,
            "direction": verdict.direction,
        }
        shape = self.shape or None
        return {"left": self.left, "right": self.right, "shape": shape, "check": found}


@dataclass(frozen=True)
class DerivationData:
    """The lines of a derivation; `ok` says whether every line agreed with its measurement."""

    objective: str
    forward: tuple[Line, ...]
    backward: tuple[Line, ...]

    @property
    def ok(self) -> bool:
        """Whether no line was found wrong."""
        return all(line.verdict is None or line.verdict.ok for line in self.backward)

    @property
    def heading(self) -> str:
        """What the names of the backward lines mean."""
        return f"backward, δ_v = ∂{self.objective}/∂v"

    @property
    def verdict(self) -> str:
        """What the checks found, in one sentence."""
        if not self.ok:
            return "a line is WRONG: it disagrees with central differences"
        checks = [line.verdict for line in self.backward if line.verdict is not None]
        kinks = sum(each.kink for each in checks)
        where = f" wherever a derivative exists ({kinks} on a kink)" if kinks else ""
        return f"every line agrees with central differences{where}"

    @property
    def notes(self) -> list[str]:
        """What the marks beside the lines mean."""
        starred = any(line.verdict is not None and line.verdict.starred for line in self.backward)
        return ["*: compared along a random direction"] if starred else []

    def to_dict(self) -> dict[str, Any]:
        """Return all of it in plain numbers and strings, under the names of the fields.

        A line has the keys left, right, shape and check, which is None in the forward part; shape
        is None where no path leads from a leaf to the objective.
        """
        return {
            "objective": self.objective,
            "ok": self.ok,
            "forward": [each.to_dict() for each in self.forward],
            "backward": [each.to_dict() for each in self.backward],
        }

    def json(self, indent: int | None = None) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)


def shape_text(shape: Shape) -> str:
    """Return a shape as it stands beside a line."""
    return str(shape) if shape else "scalar"
