"""One curve among others, which are drawn alike behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def draw_one_curve(axes: Any, curves: Mapping[str, Sequence[float]], name: str) -> None:
    """Draw the curve called `name` thick and in another colour than the others."""
    for each, values in curves.items():
        steps = range(1, len(values) + 1)
        if each == name:
            axes.semilogy(steps, values, color="C1", linewidth=3, label=name)
        else:
            axes.semilogy(steps, values, color="C0", linewidth=1)
    axes.plot([], [], color="C0", linewidth=1, label=f"the {len(curves) - 1} others")
    axes.legend(loc="lower left")
