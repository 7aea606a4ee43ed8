"""The picture of a learning curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.graph import Array
from chainrule.storage.paths import AnyPath
from chainrule.train.state.figure_files import new_figure, require_drawing, written
from chainrule.ulmfit.errors import UlmfitError

_STYLES = (("tab:blue", "o-"), ("tab:orange", "s--"))


def draw(
    sizes: Sequence[int], accuracies: Mapping[str, Array], held_out: int, path: AnyPath | None
) -> Any:
    """Return the figure of accuracies by size, means with ranges over seeds; write it to `path`."""
    require_drawing(path, UlmfitError)
    figure = new_figure(7, 4.5)
    axes = figure.add_subplot()
    for (name, rows), (color, style) in zip(accuracies.items(), _STYLES, strict=False):
        shares = rows * 100
        axes.plot(sizes, shares.mean(axis=1), style, color=color, label=name)
        if rows.shape[1] > 1:
            low, high = shares.min(axis=1), shares.max(axis=1)
            axes.fill_between(sizes, low, high, color=color, alpha=0.2, linewidth=0)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{each:,}" for each in sizes])
    axes.minorticks_off()
    axes.set_xlabel("labelled texts")
    axes.set_ylabel(f"accuracy on {held_out:,} held-out texts, %")
    seeds = next(iter(accuracies.values())).shape[1]
    axes.set_title("ULMFiT" + (f", mean and range of {seeds} seeds" if seeds > 1 else ""))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return written(figure, path)
