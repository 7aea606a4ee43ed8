"""Grapheme clusters: what a reader takes for one character, by the rules of Unicode (UAX 29)."""

import regex

_CLUSTER = regex.compile(r"\X")


def graphemes(text: str) -> list[str]:
    """Cut a text into grapheme clusters, which, joined, are the text.

    A letter stays with its marks, a syllable of Hangul is whole in either form of Unicode, and so
    are emoji joined to sequences, with their skin tones, and flags. Source: Unicode, UAX 29.
    """
    return list(text) if text.isascii() and "\r" not in text else _CLUSTER.findall(text)
