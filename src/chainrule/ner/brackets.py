"""Tagged words as text with entities in brackets."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.text import spans


def bracketed(words: Sequence[str], tags: Sequence[str], between: str = " ") -> str:
    """Return the words as text with entities as `[PER Marie Curie]`; `between` joins the words."""
    pieces: list[str] = []
    at = 0
    for span in spans(tags):
        pieces += words[at : span.start]
        pieces.append(f"[{span.type} {between.join(words[span.start : span.end])}]")
        at = span.end
    return between.join([*pieces, *words[at:]])
