"""Draws the rates of a schedule with matplotlib."""

from __future__ import annotations

import os
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.graph import Array, ChainruleError
from chainrule.storage import shown, write_atomically


def draw(rates: Array, title: str, path: str | os.PathLike[str] | None) -> Any:
    """Draw rate against step to a figure, and to `path` if that is given; return the figure.

    Raises ChainruleError without matplotlib, and if the picture cannot be written.
    """
    if find_spec("matplotlib") is None:
        raise ChainruleError(
            "A schedule was to be drawn, but matplotlib is not installed. Install it with "
            "pip install 'chainrule[plot]', or read the numbers: schedule.values(steps)."
        )
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.5), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.plot(np.arange(len(rates)), rates, color="tab:blue", drawstyle="steps-post")
    axes.set_title(title, fontsize=9, wrap=True)
    axes.set_xlabel("step")
    axes.set_ylabel("learning rate")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if path is not None:
        _save(figure, path)
    return figure


def _save(figure: Any, path: str | os.PathLike[str]) -> None:
    """Write a figure atomically, in the format of the suffix of `path`."""
    kind = Path(path).suffix.lower().removeprefix(".")
    kinds = sorted(figure.canvas.get_supported_filetypes())
    if kind not in kinds:
        raise ChainruleError(
            f"A schedule was to be drawn to {shown(path)}, which names no format of matplotlib. "
            f"End it in one of {', '.join(kinds)}."
        )
    write_atomically(path, partial(figure.savefig, format=kind))
