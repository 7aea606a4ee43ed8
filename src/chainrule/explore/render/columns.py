"""Lines of text: columns of cells, and breaking of long lines."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

WIDEST = 110


def broken(line: str) -> list[str]:
    """Return a line in pieces of at most 110 characters, all but the first indented."""
    if len(line) <= WIDEST:
        return [line]
    margin = " " * (len(line) - len(line.lstrip()))
    return wrap(
        line,
        WIDEST,
        subsequent_indent=f"{margin}    ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def columns(rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Return one line per row: `left` columns aligned to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths, left)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], left: int) -> list[str]:
    return [
        cell.ljust(width) if position < left else cell.rjust(width)
        for position, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
