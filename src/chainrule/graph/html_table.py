"""Tables of text as HTML for notebooks; all text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of HTML with a row of names and rows of text."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(_row(row) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>"
