"""The training curve of a tagger as a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec

from chainrule.ner.training import Epoch
from chainrule.storage import write_atomically


def can_draw() -> bool:
    """Return whether matplotlib is installed, which drawing needs."""
    return find_spec("matplotlib") is not None


def draw_curve(history: Sequence[Epoch], path: str | os.PathLike[str]) -> None:
    """Draw loss and held-out F1 per epoch to a PNG file, written atomically."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 4), dpi=150, layout="constrained")
    loss_axes = figure.add_subplot()
    f1_axes = loss_axes.twinx()
    numbers = [each.number for each in history]
    (loss,) = loss_axes.plot(numbers, [each.loss for each in history], "o-", color="tab:red")
    (f1,) = f1_axes.plot(numbers, [each.f1 for each in history], "s-", color="tab:blue")
    best = max(history, key=lambda each: each.f1)
    f1_axes.axvline(best.number, color="tab:blue", linestyle=":", zorder=0)
    loss_axes.set_title(f"best held-out F1: {best.f1:.2f} % in epoch {best.number}")
    loss_axes.set_xlabel("epoch")
    loss_axes.set_ylabel("training loss (nats per word)")
    f1_axes.set_ylabel("entity F1 on held-out data (%)")
    loss_axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    loss_axes.set_ylim(bottom=0)
    loss_axes.legend([loss, f1], ["training loss", "held-out F1"], loc="center right")
    write_atomically(path, lambda file: figure.savefig(file, format="png"))
