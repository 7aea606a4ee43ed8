"""Curves of a run as a picture: losses on the left, metrics on the right."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chainrule.graph import Array
from chainrule.storage import write_atomically
from chainrule.train.errors import TrainingError
from chainrule.train.state.epoch_figures import figures

_KINDS = ("png", "svg", "pdf")
Records = Sequence[Mapping[str, Any]]


def require_drawing(path: str | os.PathLike[str]) -> str:
    """Return the kind of picture that `path` names; raises TrainingError if it cannot be drawn."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise TrainingError(f"A picture was asked in {path}. Name it .png, .svg or .pdf.")
    if find_spec("matplotlib") is None:
        raise TrainingError(
            "A picture was asked, but matplotlib is not installed: pip install 'chainrule[plot]'."
        )
    return kind


def draw_curves(epochs: Records, path: str | os.PathLike[str]) -> None:
    """Draw the figures of the epochs to a file, written atomically."""
    kind = require_drawing(path)
    if not epochs:
        raise TrainingError(f"The curves were asked in {path}, but no epoch is done yet.")
    save_figure(_figure(epochs), path, kind)


def draw_rates(
    rates: Array,
    losses: Array,
    smoothed: Array,
    bounds: Sequence[float | None],
    path: str | os.PathLike[str],
) -> None:
    """Draw the losses of a range test against the rates, the bounds marked."""
    from matplotlib.figure import Figure

    kind = require_drawing(path)
    figure = Figure(figsize=(7, 4), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.semilogx(rates, losses, color="tab:gray", alpha=0.4, label="loss of the step")
    axes.semilogx(rates, smoothed, color="tab:red", label="smoothed")
    for name, bound in zip(("base", "maximum"), bounds, strict=True):
        if bound is not None:
            axes.axvline(bound, color="tab:blue", linestyle=":", label=f"{name} {bound:.3g}")
    axes.set_title("learning-rate range test")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.3)
    axes.legend()
    save_figure(figure, path, kind)


def save_figure(figure: Any, path: str | os.PathLike[str], kind: str) -> None:
    """Write a figure of matplotlib to a file, atomically."""
    write_atomically(path, partial(figure.savefig, format=kind))


def _figure(epochs: Records) -> Any:
    from matplotlib.figure import Figure

    names = list(figures(epochs[-1]))
    losses = [name for name in names if name.endswith("loss")]
    metrics = [name for name in names if name not in losses]
    figure = Figure(figsize=(7 if not metrics else 11, 4), dpi=150, layout="constrained")
    panels = [("loss", losses), *([("metrics", metrics)] if metrics else [])]
    for place, (title, shown) in enumerate(panels, start=1):
        axes = figure.add_subplot(1, len(panels), place)
        _lines(axes, epochs, shown)
        axes.set_title(title)
        axes.set_ylabel("mean over the samples" if title == "loss" else "after the epoch")
    return figure


def _lines(axes: Any, epochs: Records, names: Sequence[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    numbers = [each["epoch"] for each in epochs]
    for name in names:
        values = [each.get(name, float("nan")) for each in epochs]
        axes.plot(numbers, values, ".-" if len(numbers) < 60 else "-", label=name)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
