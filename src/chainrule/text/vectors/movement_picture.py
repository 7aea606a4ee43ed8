"""The picture of a movement: how far words moved, and where, in the plane of largest variance."""

from __future__ import annotations

import os
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.storage import write_atomically
from chainrule.text.vectors.errors import VectorsError
from chainrule.text.vectors.movement import Movement

_FORMATS = ("png", "svg", "pdf")
_MOVED, _LEFT = 12, 6  # words that are drawn
_OFFSETS = [  # of a name from its place, in points: the nearest one without overlap is taken
    (side * (5 + abs(height) / 3), height)
    for height in (5, -5, 14, -14, 24, -24, 36, -36, 50, -50)
    for side in (1, -1)
]


def draw_movement(found: Movement, path: str | os.PathLike[str]) -> None:
    """Draw a movement to a .png, .svg or .pdf file, atomically.

    On the left the distances of the words that moved; on the right the words that moved farthest,
    as arrows, and words left behind, as dots, in the two directions in which they vary most. Raises
    VectorsError for another name, and without matplotlib.
    """
    kind = require_drawing(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), dpi=150, layout="constrained")
    distances, plane = figure.subplots(1, 2)
    _draw_distances(distances, found)
    _draw_plane(plane, found)
    write_atomically(path, partial(figure.savefig, format=kind))


def require_drawing(path: str | os.PathLike[str]) -> str:
    """Return the format of a picture; raise VectorsError if it cannot be drawn."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in _FORMATS:
        raise VectorsError(f"A picture was requested in {path}. Name it .png, .svg or .pdf.")
    if find_spec("matplotlib") is None:
        raise VectorsError(
            "A picture was requested, but matplotlib is not installed. Install it: "
            "pip install 'chainrule[plot]'."
        )
    return kind


def _draw_distances(axes: Any, found: Movement) -> None:
    moved = found.distances[found.distances > 0].astype(np.float64)
    axes.hist(moved, bins=40, range=(0, moved.max(initial=0) or 1), color="tab:blue")
    axes.set_title(f"{found.moved_count} of {len(found.words)} words moved")
    axes.set_xlabel("distance")
    axes.set_ylabel("words")


def _draw_plane(axes: Any, found: Movement) -> None:
    row_of = {word: row for row, word in enumerate(found.words)}
    moved = [row_of[each.word] for each in found.moved[:_MOVED]]
    left = [row_of[each.word] for each in found.left_behind[:_LEFT]]
    rows = moved + left
    axes.set_title("moved farthest (arrows), left behind (dots)")
    if not rows:
        return
    both = np.concatenate([found.before[rows], found.after[rows]])
    centre = both.mean(axis=0)
    directions = np.linalg.svd(both - centre, full_matrices=False)[2][:2]
    old, new = ((each[rows] - centre) @ directions.T for each in (found.before, found.after))
    old, new = (np.pad(each, ((0, 0), (0, 2 - each.shape[1]))) for each in (old, new))
    for number in range(len(rows)):
        is_left = number >= len(moved)
        colour = "tab:red" if is_left else "tab:blue"
        axes.annotate(
            "", new[number], old[number], arrowprops={"arrowstyle": "->", "color": colour}
        )
        axes.plot(*new[number], "o", color=colour, markersize=5 if is_left else 1)
    axes.set_xlabel("first direction")
    axes.set_ylabel("second direction")
    axes.margins(0.15)
    colours = ["tab:blue"] * len(moved) + ["tab:red"] * len(left)
    _label(axes, new, [_escaped(found.words[row]) for row in rows], colours)


def _label(axes: Any, places: Any, names: list[str], colours: list[str]) -> None:
    """Write names beside places, farther away where they would overlap."""
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    axes.figure.draw_without_rendering()
    taken = [Bbox([each - 6, each + 6]) for each in axes.transData.transform(places)]
    for place, name, colour in zip(places, names, colours, strict=True):
        for offset in _OFFSETS:
            line = {"arrowstyle": "-", "color": colour, "linewidth": 0.4}
            text = axes.annotate(
                name,
                place,
                offset,
                textcoords="offset points",
                color=colour,
                fontsize=8,
                ha="left" if offset[0] > 0 else "right",
                va="center",
                arrowprops=line,
            )
            text.get_window_extent()  # this computes where the text is
            box = Text.get_window_extent(text)  # without the line to its place
            if offset == _OFFSETS[-1] or not any(map(box.overlaps, taken)):
                taken.append(box)
                break
            text.remove()


def _escaped(word: str) -> str:
    """Return a word as matplotlib draws it: a dollar sign begins no formula."""
    return word.replace("$", r"\$")
