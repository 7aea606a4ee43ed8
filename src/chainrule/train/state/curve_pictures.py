"""Curves of a run as figures: losses and metrics per epoch, loss against learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.graph import Array
from chainrule.storage.paths import AnyPath
from chainrule.train.errors import TrainingError
from chainrule.train.state.epoch_figures import figures
from chainrule.train.state.figure_files import new_figure, require_drawing, written

Records = Sequence[Mapping[str, Any]]


def draw_curves(epochs: Records, path: AnyPath | None) -> Any:
    """Return a figure with losses on the left and metrics on the right; write it to `path`."""
    require_drawing(path)
    if not epochs:
        raise TrainingError(
            "The curves of a run were requested, but no epoch is done yet. Train for one epoch "
            "first."
        )
    names = list(figures(epochs[-1]))
    losses = [name for name in names if name.endswith("loss")]
    metrics = [name for name in names if name not in losses]
    figure = new_figure(7 if not metrics else 11, 4)
    panels = [("loss", losses), *([("metrics", metrics)] if metrics else [])]
    for place, (title, shown) in enumerate(panels, start=1):
        axes = figure.add_subplot(1, len(panels), place)
        _draw_lines(axes, epochs, shown)
        axes.set_title(title)
        axes.set_ylabel("mean over the samples" if title == "loss" else "after the epoch")
    return written(figure, path)


def _draw_lines(axes: Any, epochs: Records, names: Sequence[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    numbers = [each["epoch"] for each in epochs]
    for name in names:
        values = [each.get(name, float("nan")) for each in epochs]
        axes.plot(numbers, values, ".-" if len(numbers) < 60 else "-", label=name)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    axes.legend()


def draw_rates(
    rates: Array,
    losses: Array,
    smoothed: Array,
    bounds: Sequence[float | None],
    path: AnyPath | None,
) -> Any:
    """Return a figure of the losses of a range test against the rates, with the bounds marked."""
    require_drawing(path)
    figure = new_figure(7, 4)
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
    return written(figure, path)
