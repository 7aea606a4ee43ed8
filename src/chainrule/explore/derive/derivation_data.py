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
    note   a condition or a reason
    """

    left: str
    right: str
    shape: str
    check: LineCheck | None = None
    note: str = ""

    @property
    def is_equation(self) -> bool:
        """Whether it is an equation, not the sentence that no path leads to the objective."""
        return bool(self.shape) or self.check is not None

    @property
    def equation(self) -> str:
        """The line as text."""
        return f"{self.left} = {self.right}" if self.is_equation else self.right

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain numbers and strings."""
        check = self.check
        found = check and {
            "ok": check.ok,
            "error": plain(check.error),
            "kink": check.kink,
            "direction": check.direction,
            "sampled": check.sampled,
        }
        shape = self.shape or None
        return {
            "left": self.left,
            "right": self.right,
            "shape": shape,
            "check": found,
            "note": self.note,
        }


@dataclass(frozen=True)
class Group:
    """Lines that derive one line of the forward part, element by element.

    title  that line
    lines  each check compares the formulas of a line with each other and with central differences
    whole  whether sums are written out term by term, with one line per element
    """

    title: str
    lines: tuple[Line, ...]
    whole: bool = False

    @property
    def suffix(self) -> str:
        """What follows the title."""
        return ", written out" if self.whole else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the group as plain numbers and strings."""
        lines = [each.to_dict() for each in self.lines]
        return {"title": self.title, "whole": self.whole, "lines": lines}


@dataclass(frozen=True)
class DerivationData:
    """The lines of a derivation; `ok` says whether every line agreed with its measurement.

    folded  sentences that say which equal layers are not written out
    """

    objective: str
    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    elements: tuple[Group, ...] = ()
    folded: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every checked line agrees with central differences."""
        return all(each.ok for each in self._checks)

    @property
    def _checks(self) -> list[LineCheck]:
        lines = [*(line for group in self.elements for line in group.lines), *self.backward]
        return [line.check for line in lines if line.check is not None]

    @property
    def heading(self) -> str:
        """The heading of the backward part, which defines δ."""
        return f"backward, δ_v = ∂{self.objective}/∂v"

    @property
    def verdict(self) -> str:
        """The result of all checks, in one sentence."""
        if not self.ok:
            return "a line is WRONG: it disagrees with central differences"
        kinks = sum(each.kink for each in self._checks)
        where = f" wherever a derivative exists ({kinks} on a kink)" if kinks else ""
        return f"every line agrees with central differences{where}"

    @property
    def notes(self) -> list[str]:
        """Which layers are folded, and the meaning of the marks beside the lines."""
        marks = {
            "*: compared along a random direction": any(each.starred for each in self._checks),
            "+: compared at a sample of the elements": any(each.sampled for each in self._checks),
        }
        return [*self.folded, *(mark for mark, is_used in marks.items() if is_used)]

    @property
    def element_heading(self) -> str:
        """The heading of the lines for elements, which defines δ."""
        return f"element by element, δ_v = ∂{self.objective}/∂v"

    def to_dict(self) -> dict[str, Any]:
        """Return the derivation as plain numbers and strings, under the names of the fields.

        A line has the keys left, right, shape, check and note. The check is None in the forward
        part; shape is None where no path leads from a leaf to the objective.
        """
        return {
            "objective": self.objective,
            "ok": self.ok,
            "forward": [each.to_dict() for each in self.forward],
            "backward": [each.to_dict() for each in self.backward],
            "elements": [each.to_dict() for each in self.elements],
            "folded": list(self.folded),
        }

    def json(self, indent: int | None = None) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)


def shape_text(shape: Shape) -> str:
    """Return a shape as text, "scalar" for ()."""
    return str(shape) if shape else "scalar"
