"""Figures of matplotlib with tokens of any script.

This file imports matplotlib, and is imported only where a figure is made.
"""

from __future__ import annotations

import warnings
from typing import Any

from matplotlib import rc_context
from matplotlib.font_manager import FontProperties, fontManager

from chainrule.train.state.notebook_figure import NotebookFigure

_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Hiragino Sans",
    "PingFang SC",
    "Yu Gothic",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
)


class TokenFigure(NotebookFigure):
    """A figure that draws letters without a font as boxes, without warnings.

    The text of an SVG file stays text, which programs show in fonts of their own.
    """

    def savefig(self, *given: Any, **options: Any) -> None:
        """Write the figure to a file."""
        with rc_context({"svg.fonttype": "none"}):
            super().savefig(*given, **options)

    def draw(self, renderer: Any) -> None:
        """Draw the figure."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph ", category=UserWarning)
            super().draw(renderer)


def token_font(size: float) -> FontProperties:
    """Return the font of tokens: matplotlib's own, then installed ones with more scripts."""
    installed = {each.name for each in fontManager.ttflist}
    more = [each for each in _FONTS if each in installed]
    return FontProperties(family=["sans-serif", *more], size=size)


def literal(token: str) -> str:
    """Return a token as matplotlib draws it: a dollar sign begins no formula."""
    return token.replace("$", r"\$")
