"""Grapheme clusters, user-perceived characters, by the rules of Unicode (UAX 29)."""

import regex

# Flags are named, since \X looks back over all flags before one.
_CLUSTER = regex.compile(r"\p{Regional_Indicator}{2}[\p{GCB=Extend}\p{GCB=SpacingMark}\u200d]*|\X")


def graphemes(text: str) -> list[str]:
    """Split a text into grapheme clusters; joined, they are the text.

    A letter stays with its marks, a syllable of Hangul is whole in either form of Unicode, and so
    are emoji joined to sequences, with their skin tones, and flags. Source: Unicode, UAX 29.
    """
    return list(text) if text.isascii() and "\r" not in text else _CLUSTER.findall(text)
