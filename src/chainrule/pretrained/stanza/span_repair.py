"""Repair of tags whose borders do not fit together."""

from __future__ import annotations

from collections.abc import Sequence


def repaired(tags: Sequence[str]) -> list[str]:
    """Return IOBES tags in which borders agree, as Stanza does it.

    First an I that nothing continues becomes E, and one that continues nothing becomes B; a tag
    that is both becomes B. Then a B that nothing continues, and an E that continues nothing,
    become S. Words are visited from left to right, and see what was changed before them.
    """
    found = list(tags)
    for change in (_inner, _outer):
        for place, tag in enumerate(found):
            before = found[place - 1] if place else ""
            after = found[place + 1] if place + 1 < len(found) else ""
            found[place] = change(tag, before, after)
    return found


def _inner(tag: str, before: str, after: str) -> str:
    if not tag.startswith("I-"):
        return tag
    if before not in (f"B-{tag[2:]}", f"I-{tag[2:]}"):
        return f"B-{tag[2:]}"
    return tag if after in (f"I-{tag[2:]}", f"E-{tag[2:]}") else f"E-{tag[2:]}"


def _outer(tag: str, before: str, after: str) -> str:
    kind = tag[2:]
    alone = (tag.startswith("B-") and after not in (f"I-{kind}", f"E-{kind}")) or (
        tag.startswith("E-") and before not in (f"B-{kind}", f"I-{kind}")
    )
    return f"S-{kind}" if alone else tag
