"""A figure of matplotlib that notebooks show without a backend of their own.

This file imports matplotlib, and is imported only where a figure is made.
"""

from __future__ import annotations

import io

from matplotlib.figure import Figure

_DPI = 80  # dots per inch on the page of a notebook


class NotebookFigure(Figure):
    """A figure whose representation in a notebook is a PNG picture."""

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=_DPI)
        return picture.getvalue()
