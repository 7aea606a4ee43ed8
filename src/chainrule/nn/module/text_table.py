"""Tables as text, and quantities in few digits."""

from __future__ import annotations

from collections.abc import Sequence

_PREFIXES = ("", "k", "M", "G", "T", "P")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """Return rows as aligned lines below their head and a rule: `left` columns to the left."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [_line(each, widths, left) for each in (head, *rows)]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]])


def quantity(number: float, unit: str = "") -> str:
    """Return a number with three digits and a prefix of the SI, as in "1.54 M"."""
    for prefix in _PREFIXES:
        if abs(number) < 999.5 or prefix == _PREFIXES[-1]:
            break
        number /= 1000
    return f"{number:.3g} {prefix}{unit}".strip()


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    padded = [
        cell.ljust(width) if position < left else cell.rjust(width)
        for position, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()
