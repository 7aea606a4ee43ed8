"""A table of the errors that gradient checks find, gate by gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def draw_found_errors(axes: Any, reports: Mapping[str, Any], tolerance: float) -> None:
    """Draw a row per planted error and a column per gate; gates above the tolerance are marked.

    reports  results of `cr.check_gradients` on one net, by the gate with the planted error
    """
    names = [each.name.split(" ")[0] for each in next(iter(reports.values())).gates]
    errors = np.array([[each.error for each in report.gates] for report in reports.values()])
    axes.imshow(errors > tolerance, cmap="OrRd", vmin=0, vmax=1.6, aspect="auto")
    for row, column in np.ndindex(errors.shape):
        is_found = errors[row, column] > tolerance
        text, weight = f"{errors[row, column]:.0e}", "bold" if is_found else "normal"
        axes.text(column, row, text, ha="center", va="center", weight=weight, rotation=90)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(reports)), reports)
    axes.set(title=f"errors found; red: above {tolerance:.0e}")
    axes.set(xlabel="gate of the net", ylabel="backward with an error of 0.1 %")
    axes.grid(visible=False)
