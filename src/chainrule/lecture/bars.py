"""Horizontal bars with their numbers, as claims draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def draw_bars(
    axes: Any,
    names: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    *,
    log: bool = False,
    **looks: Any,
) -> None:
    """Draw a bar per name, from the top, each with a text at its end.

    log    whether the axis is logarithmic
    looks  options of `barh`, such as color
    """
    draw_groups(axes, names, {"": values}, {"": texts}, log=log, **looks)


def draw_groups(
    axes: Any,
    names: Sequence[str],
    values: Mapping[str, Sequence[float]],
    texts: Mapping[str, Sequence[str]],
    *,
    log: bool = False,
    **looks: Any,
) -> None:
    """Draw, per name, one bar of every group, each with a text at its end.

    values, texts  by the name of the group, which the legend shows if there are several
    """
    height = 0.8 / len(values)
    places = np.arange(len(names))
    for i, (group, lengths) in enumerate(values.items()):
        offset = (i - (len(values) - 1) / 2) * height
        style = {"color": f"C{i}", **looks}
        drawn = axes.barh(places + offset, lengths, 0.92 * height, label=group, **style)
        axes.bar_label(drawn, texts[group], padding=4)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    _leave_room(axes, [each for lengths in values.values() for each in lengths], log)
    if len(values) > 1:
        axes.legend(loc="lower right", fontsize=10, handlelength=1)


def _leave_room(axes: Any, values: Sequence[float], log: bool) -> None:
    """Extend the axis so that texts at the ends of bars fit."""
    if log:
        low, high = min(values), max(values)
        room = (high / low) ** 0.7
        axes.set(xscale="log", xlim=(low / 3, high * max(room, 10)))
    else:
        axes.set_xlim(0, 1.4 * max(values))
