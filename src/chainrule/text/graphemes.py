"""Grapheme clusters, the user-perceived characters of a text (Unicode, UAX 29)."""

import regex

# Flags have their own pattern, because \X scans all preceding flags for each flag.
_CLUSTER = regex.compile(r"\p{Regional_Indicator}{2}[\p{GCB=Extend}\p{GCB=SpacingMark}\u200d]*|\X")


def graphemes(text: str) -> list[str]:
    """Split a text into grapheme clusters; their concatenation is the text.

    One cluster is a letter with its marks, a Hangul syllable (composed or decomposed), an emoji
    sequence with its skin tones, or a flag. Source: Unicode, UAX 29.
    """
    return list(text) if text.isascii() and "\r" not in text else _CLUSTER.findall(text)
