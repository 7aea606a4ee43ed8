"""JSON that can stand in an element of HTML."""

from __future__ import annotations

import json
from typing import Any


def embedded(value: Any) -> str:
    """Return JSON that cannot end the script element it stands in, nor open a comment there.

    Raises ValueError for a number that JSON does not have. Half characters, which names may hold
    and UTF-8 does not encode, become question marks.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("</", "<\\/").replace("<!--", "\\u003c!--")


def length(value: Any) -> int:
    """Return the number of bytes of `embedded`."""
    return len(embedded(value).encode())
