"""Attention weights as heatmaps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.storage.paths import AnyPath
from chainrule.train.state.figure_files import require_drawing, written

_INCHES_PER_TOKEN, _SMALLEST, _LARGEST = 0.24, 4.0, 30.0
_SMALL_MAP = 1.1
_COLUMNS = 4
_COLOURS = "Blues"


def draw_head(
    weights: Array, tokens: Sequence[str], title: str, path: AnyPath | None = None
) -> Any:
    """Return a figure of one head: (queries, keys), with the tokens at both axes."""
    figure = _figure(path, _side(tokens) + 1.2, _side(tokens) + 0.6)
    axes = figure.subplots()
    picture = _heatmap(axes, weights)
    _label(axes, tokens)
    axes.set(title=title, xlabel="keys", ylabel="queries")
    figure.colorbar(picture, ax=axes, shrink=0.8, label="weight")
    return written(figure, path)


def draw_heads(
    weights: Array, tokens: Sequence[str], titles: Sequence[str], path: AnyPath | None = None
) -> Any:
    """Return a figure of some heads, (heads, queries, keys), with tokens at the outer axes.

    The colours of each map run from 0 to its largest weight.
    """
    columns = min(_COLUMNS, len(titles))
    rows = math.ceil(len(titles) / columns)
    side = _side(tokens) * 0.8
    figure = _figure(
        path, min(columns * side + 1, 2 * _LARGEST), min(rows * side + 1, _LARGEST * 2)
    )
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, row, title in zip(grid.ravel(), weights, titles, strict=False):
        _heatmap(axes, row)
        axes.set_title(title, fontsize=9)
    for axes in grid.ravel()[len(titles) :]:
        axes.set_axis_off()
    for axes in grid.ravel():
        _label(axes, tokens)
        axes.label_outer(remove_inner_ticks=True)
    return written(figure, path)


def draw_overview(
    weights: Array, layers: Sequence[int], heads: Sequence[int], path: AnyPath | None = None
) -> Any:
    """Return a figure of all heads, (layers, heads, queries, keys): a row of maps per layer."""
    figure = _figure(path, len(heads) * _SMALL_MAP + 1, len(layers) * _SMALL_MAP + 1)
    grid = figure.subplots(len(layers), len(heads), squeeze=False)
    for row, layer, maps in zip(grid, layers, weights, strict=True):
        for axes, each in zip(row, maps, strict=True):
            _heatmap(axes, each)
            axes.set(xticks=[], yticks=[])
        row[0].set_ylabel(f"layer {layer}", fontsize=9)
    for axes, head in zip(grid[0], heads, strict=True):
        axes.set_title(f"head {head}", fontsize=9)
    scale = "the colours of each map run from 0 to its largest weight"
    figure.supxlabel(f"keys; {scale}", fontsize=9)
    figure.supylabel("queries", fontsize=9)
    return written(figure, path)


def _figure(path: AnyPath | None, width: float, height: float) -> Any:
    require_drawing(path, PretrainedError)
    from chainrule.pretrained.explained.token_figure import TokenFigure

    return TokenFigure(figsize=(width, height), dpi=150, layout="constrained")


def _heatmap(axes: Any, weights: Array) -> Any:
    return axes.imshow(weights, cmap=_COLOURS, vmin=0, interpolation="nearest")


def _label(axes: Any, tokens: Sequence[str]) -> None:
    from chainrule.pretrained.explained.token_figure import literal, token_font

    font, places = token_font(8), range(len(tokens))
    texts = [literal(each) for each in tokens]
    axes.set_xticks(places, texts, rotation=90, fontproperties=font)
    axes.set_yticks(places, texts, fontproperties=font)


def _side(tokens: Sequence[str]) -> float:
    return min(max(_SMALLEST, _INCHES_PER_TOKEN * len(tokens)), _LARGEST)
