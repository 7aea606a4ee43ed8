"""What the checks of a derivation say, in figures."""

from __future__ import annotations

from chainrule.explore import Derivation


def checked_lines(derivation: Derivation) -> tuple[int, float]:
    """Return how many lines of a derivation were checked, and their largest relative error."""
    lines = [*derivation.backward, *(line for group in derivation.elements for line in group.lines)]
    errors = [line.check.error for line in lines if line.check is not None]
    return len(errors), max(errors)
