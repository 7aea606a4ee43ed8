"""Tensors as HTML for notebooks: a small table whose colours follow the values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np

_MOST = 10  # rows and columns shown
_EDGE = 5  # of more, so many at either end
_DARKEST = 0.6
_POSITIVE, _NEGATIVE = "37,99,235", "220,38,38"
_CELL = "padding:1px 6px;text-align:right;font-family:monospace"


def tensor_html(head: str, value: np.ndarray[Any, Any] | None) -> str:
    """Return a heading, and a table of at most 10 x 10 elements.

    head   a line of text, escaped here
    value  None for a tensor without a value, which has no table

    Of arrays with more than two axes the first matrix is shown. Positive numbers are blue, negative
    ones red, the larger the darker; a line with minimum, mean and maximum follows if elements are
    left out.
    """
    parts = [f"<code>{escape(head)}</code>"]
    if value is not None and value.size:
        matrix = value.reshape(-1, *value.shape[-2:])[0] if value.ndim > 2 else np.atleast_2d(value)
        parts.append(_table(matrix))
        if value.size > matrix.size or max(matrix.shape) > _MOST:
            parts.append(f"<small>{escape(_left_out(value))}</small>")
    return f"<div>{'<br>'.join(parts)}</div>"


def _table(matrix: np.ndarray[Any, Any]) -> str:
    rows, columns = map(_shown, matrix.shape)
    known = [i for i in rows if i is not None], [i for i in columns if i is not None]
    largest = _largest(matrix[np.ix_(*known)])
    lines = ("".join(_cells(matrix, row, columns, largest)) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _shown(extent: int) -> list[int | None]:
    """Return the positions that are shown; None stands for those left out."""
    if extent <= _MOST:
        return list(range(extent))
    return [*range(_EDGE), None, *range(extent - _EDGE, extent)]


def _cells(
    matrix: np.ndarray[Any, Any], row: int | None, columns: Sequence[int | None], largest: float
) -> Iterator[str]:
    for column in columns:
        if row is None or column is None:
            yield f'<td style="{_CELL}">…</td>'
        else:
            yield _cell(matrix[row, column], largest)


def _cell(element: Any, largest: float) -> str:
    text = f"{element:.4g}" if element.dtype.kind == "f" else str(element)
    return f'<td style="{_CELL}{_colour(element, largest)}">{escape(text)}</td>'


def _colour(element: Any, largest: float) -> str:
    if not np.isfinite(element):
        return ";font-weight:bold;color:rgb(220,38,38)"
    if not largest or not element:
        return ""
    colour = _POSITIVE if element > 0 else _NEGATIVE
    return f";background:rgba({colour},{_DARKEST * abs(float(element)) / largest:.2f})"


def _largest(elements: np.ndarray[Any, Any]) -> float:
    """Return the largest finite absolute value, 0 if there is none."""
    finite = elements[np.isfinite(elements)].astype(np.float64)
    return float(np.abs(finite).max()) if finite.size else 0.0


def _left_out(value: np.ndarray[Any, Any]) -> str:
    """Return what the shown part does not tell: which matrix it is, and figures of all elements."""
    leading = ", ".join("0" * (value.ndim - 2))
    part = f"[{leading}] of {list(value.shape)}; " if leading else ""
    finite = value[np.isfinite(value)].astype(np.float64)
    if not finite.size:
        return f"{part}no element is finite"
    figures = f"min {finite.min():.4g}, mean {finite.mean():.4g}, max {finite.max():.4g}"
    others = value.size - finite.size
    return f"{part}all elements: {figures}" + (f", {others} not finite" if others else "")
