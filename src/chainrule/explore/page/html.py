"""The explorer page as one file of HTML, which works offline and sends nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from chainrule.explore.errors import DrawingError
from chainrule.explore.page.json_text import embedded

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="explorer"></div>
<noscript>This page draws a graph by a script, which this viewer does not run.</noscript>
<script type="application/json" id="explorer-document">{document}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def page_html(document: Mapping[str, Any]) -> str:
    """Return a document as one file of HTML.

    A browser runs the page's own script only, and sends no request: with a server, to its origin
    alone. All text of the document is data, never markup.
    """
    script, style = built("explorer.js"), built("explorer.css")
    page = _PAGE.format(
        policy=escape(policy(script, style, document["editing"]["server"])),
        title=escape(str(document["title"])),
        style=style,
        document=embedded(document),
        script=script,
    )
    return page.encode("utf-8", "replace").decode("utf-8")  # names may hold half of a character


def policy(script: str, style: str, server: bool) -> str:
    """Return the content policy of a page with this script and style."""
    allowed = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data: blob:",
        "worker-src": "blob:",
        "connect-src": "'self'" if server else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def built(name: str) -> str:
    """Return a built file of the page; raises DrawingError if it cannot stand in HTML."""
    text = files("chainrule.explore.page").joinpath("built", name).read_text(encoding="utf-8")
    lowered = text.lower()
    if "</script" in lowered or "<!--" in lowered or "</style" in lowered:
        raise DrawingError(
            f"{name} of the explorer page holds the end of an HTML element, so that it cannot "
            "stand in one file. Build the page again, with such text written in parts."
        )
    return text
