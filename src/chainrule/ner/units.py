"""The units of sentences: words, or characters."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.ner.settings import Units
from chainrule.text import Sentence, graphemes


def units_of(sentences: Sequence[Sentence]) -> Units:
    """Return "characters" if all words are single grapheme clusters, otherwise "words"."""
    words = {word for each in sentences for word in each.words}
    single = all(len(word) == 1 or len(graphemes(word)) == 1 for word in words)
    return "characters" if single else "words"
