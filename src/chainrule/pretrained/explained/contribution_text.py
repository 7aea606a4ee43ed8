"""Contributions of tokens in text: bars for any terminal, colours for rich and for HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from chainrule.graph import Array
from chainrule.pretrained.explained.token_columns import column

if TYPE_CHECKING:
    from rich.text import Text

Segments = Sequence[Sequence[tuple[str, float]]]
_FOR, _AGAINST, _WHITE = (33, 102, 172), (230, 97, 1), (255, 255, 255)
_BAR = 24


def bar_lines(tokens: Sequence[str], values: Array) -> Iterator[str]:
    """Yield a line per token: its contribution, and a bar, of + for the score or - against it."""
    largest = max((abs(float(each)) for each in values), default=0.0) or 1.0
    for name, value in zip(column(tokens), values, strict=True):
        bar = ("+" if value > 0 else "-") * round(_BAR * abs(float(value)) / largest)
        yield f"{name}  {value:+9.4f}  {bar}".rstrip()


def coloured_text(heading: str, segments: Segments, largest: float) -> Text:
    """Return the texts for rich: blue behind what is for the score, orange against it."""
    from rich.text import Text

    found = Text(f"{heading}\n")
    for number, parts in enumerate(segments):
        found.append("\n" if number else "")
        for text, value in parts:
            shade = _colour(value, largest)
            letters = "white" if sum(shade) < 380 else "black"
            found.append(text, f"{letters} on rgb({','.join(map(str, shade))})" if value else "")
    return found


def coloured_html(heading: str, segments: Segments, largest: float) -> str:
    """Return the texts as HTML, with the contributions as titles of the parts."""
    lines = [f"<p>{''.join(_span(*part, largest) for part in parts)}</p>" for parts in segments]
    return f"<div><p>{escape(heading)}</p>{''.join(lines)}</div>"


def _span(text: str, value: float, largest: float) -> str:
    if not value:
        return escape(text)
    shade = _colour(value, largest)
    letters = "#fff" if sum(shade) < 380 else "#000"
    style = f"background:rgb({','.join(map(str, shade))});color:{letters}"
    return f'<span style="{style}" title="{value:+.4g}">{escape(text)}</span>'


def _colour(value: float, largest: float) -> tuple[int, ...]:
    """Return a colour between white and that of the sign, by the size of a contribution."""
    full, share = _FOR if value > 0 else _AGAINST, min(1.0, abs(value) / largest)
    return tuple(round(w + share * (f - w)) for w, f in zip(_WHITE, full, strict=True))
