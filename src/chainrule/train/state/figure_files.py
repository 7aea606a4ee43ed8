"""Figures of matplotlib: made without a window, shown in notebooks, written to files."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chainrule.graph import ChainruleError
from chainrule.storage import write_atomically
from chainrule.storage.paths import AnyPath
from chainrule.train.errors import TrainingError

_FORMATS = ("png", "svg", "pdf")


def require_drawing(path: AnyPath | None, error: type[ChainruleError] = TrainingError) -> None:
    """Raise an error without matplotlib, or if `path` does not end in .png, .svg or .pdf."""
    if path is not None and _format(path) not in _FORMATS:
        raise error(f"A picture was requested in {path}. Name it .png, .svg or .pdf.")
    if find_spec("matplotlib") is None:
        raise error(
            "A picture was requested, but matplotlib is not installed. Install it: "
            "pip install 'chainrule[plot]'."
        )


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of so many inches, which a notebook shows as a picture."""
    from chainrule.train.state.notebook_figure import NotebookFigure

    return NotebookFigure(figsize=(width, height), dpi=150, layout="constrained")


def written(figure: Any, path: AnyPath | None) -> Any:
    """Write a figure to a file, atomically, if there is a path; return the figure."""
    if path is not None:
        write_atomically(path, partial(figure.savefig, format=_format(path)))
    return figure


def _format(path: AnyPath) -> str:
    return Path(path).suffix.lower().removeprefix(".")
