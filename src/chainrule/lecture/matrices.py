"""Drawings of matrices: a cell per number, coloured by its sign and size."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array


def draw_matrix(axes: Any, matrix: Array, title: str) -> None:
    """Draw a matrix, or a vector as a column, with its numbers."""
    cells = matrix if matrix.ndim == 2 else matrix[:, None]
    limit = max(2 * np.abs(cells).max(), 1e-12)
    axes.imshow(cells, cmap=signs(), vmin=-limit, vmax=limit)
    for (row, column), value in np.ndenumerate(cells):
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9)
    axes.set(title=title, xticks=(), yticks=(), anchor="N")
    axes.grid(visible=False)


def signs() -> Any:
    """Return a colour map from orange, negative, over white to blue, positive."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signs", ("C1", "white", "C0"))
