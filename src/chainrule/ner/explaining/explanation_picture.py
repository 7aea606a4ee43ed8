"""Explanations as bars of matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.ner.errors import ModelError
from chainrule.ner.explaining.explained import Explained
from chainrule.ner.explaining.sections import heading, sections
from chainrule.pretrained.explained.contribution_picture import draw_bars, height_of
from chainrule.storage.paths import AnyPath
from chainrule.train.state.figure_files import require_drawing, written

_WIDTH, _MOST = 15.0, 8  # inches; explanations of a picture


def draw(found: Sequence[Explained], path: AnyPath | None = None) -> Any:
    """Return a figure with a row per explanation: bars of the score, the margin, and rows.

    Raises ModelError without matplotlib, and for more explanations than fit.
    """
    require_drawing(path, ModelError)
    if len(found) > _MOST:
        raise ModelError(
            f"A picture of {len(found)} explanations was requested, and one holds {_MOST}. Choose "
            "a word: --word."
        )
    from chainrule.pretrained.explained.token_figure import TokenFigure

    rows = [sections(each) for each in found]
    heights = [height_of(max(len(each.names) for each in row)) for row in rows]
    figure = TokenFigure(figsize=(_WIDTH, sum(heights)), dpi=150, layout="constrained")
    axes = figure.subplots(len(rows), 3, squeeze=False, height_ratios=heights)
    for explanation, row, places in zip(found, rows, axes, strict=True):
        for number, (section, place) in enumerate(zip(row, places, strict=True)):
            title = section.title if number else f"{heading(explanation)}\n{section.title}"
            draw_bars(place, section.names, np.array(section.values), title)
    return written(figure, path)
