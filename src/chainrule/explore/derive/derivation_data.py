"""The content of a derivation: its lines and their checks, without any rendering."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chainrule.explore.derive.verify import LineCheck
from chainrule.explore.notation.statistics import plain
from chainrule.graph import Shape


@dataclass(frozen=True)
class Line:
    """One line of a derivation.

    left   the name of the value or gradient
    right  its formula
    shape  its shape as text; empty where no path leads from a leaf to the objective
    check  the comparison with central differences; None in the forward part
    """

    left: str
    right: str
    shape: str
    check: LineCheck | None = None

    @property
    def equation(self) -> str:
        """The line as text; the sentence that there is no path, for a line without a shape."""
        return f"{self.left} = {self.right}" if self.shape else self.right

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain numbers and strings."""
        check = self.check
        found = check and {
            "ok": check.ok,
            "error": plain(check.error),
            "kink": check.kink,
            "direction": check.direction,
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
        """Whether every checked line agrees with central differences."""
        return all(line.check is None or line.check.ok for line in self.backward)

    @property
    def heading(self) -> str:
        """The heading of the backward part, which defines δ."""
        return f"backward, δ_v = ∂{self.objective}/∂v"

    @property
    def verdict(self) -> str:
        """The result of all checks, in one sentence."""
        if not self.ok:
            return "a line is WRONG: it disagrees with central differences"
        checks = [line.check for line in self.backward if line.check is not None]
        kinks = sum(each.kink for each in checks)
        where = f" wherever a derivative exists ({kinks} on a kink)" if kinks else ""
        return f"every line agrees with central differences{where}"

    @property
    def notes(self) -> list[str]:
        """The meaning of the marks beside the lines."""
        starred = any(line.check is not None and line.check.starred for line in self.backward)
        return ["*: compared along a random direction"] if starred else []

    def to_dict(self) -> dict[str, Any]:
        """Return the derivation as plain numbers and strings, under the names of the fields.

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
    """Return a shape as text, "scalar" for ()."""
    return str(shape) if shape else "scalar"
