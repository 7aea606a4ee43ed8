"""Contributions of tokens as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.storage.paths import AnyPath
from chainrule.train.state.figure_files import require_drawing, written

_FOR, _AGAINST = "#2166ac", "#e66101"
_INCHES_PER_TOKEN, _MOST_INCHES = 0.22, 60.0


def draw_contributions(
    tokens: Sequence[str], values: Array, heading: str, path: AnyPath | None = None
) -> Any:
    """Return a figure with a bar per token, from the top: blue for the score, orange against it."""
    require_drawing(path, PretrainedError)
    from chainrule.pretrained.explained.token_figure import TokenFigure

    figure = TokenFigure(figsize=(7, height_of(len(tokens))), dpi=150, layout="constrained")
    draw_bars(figure.subplots(), tokens, values, heading)
    return written(figure, path)


def height_of(bars: int) -> float:
    """Return the height in inches of a picture with so many bars."""
    return min(1.2 + _INCHES_PER_TOKEN * bars, _MOST_INCHES)


def draw_bars(axes: Any, tokens: Sequence[str], values: Array, heading: str) -> None:
    """Draw a bar per token on axes of matplotlib, with a heading."""
    from chainrule.pretrained.explained.token_figure import literal, token_font

    places = range(len(tokens))
    axes.barh(places, values, color=[_FOR if each > 0 else _AGAINST for each in values])
    axes.axvline(0, color="0.3", linewidth=0.8)
    axes.set_yticks(places, [literal(each) for each in tokens], fontproperties=token_font(9))
    axes.set_ylim(len(tokens) - 0.5, -0.5)
    axes.set_title(literal(heading), fontsize=9, wrap=True)
    axes.set_xlabel("contribution")
    axes.grid(axis="x", alpha=0.3)
