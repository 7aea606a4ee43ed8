"""Where the words of a text stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def word_places(text: str, sentences: Iterable[Sequence[str]]) -> list[list[tuple[int, int]]]:
    """Return where each word of each sentence begins and ends in the text.

    text       a text
    sentences  its sentences as words, in order, which are together the text without blanks, as
               those of `tokenize` are

    Places are those of a str: they count code points, not bytes and not UTF-16 units.
    """
    at = 0
    places = []
    for words in sentences:
        found = []
        for word in words:
            begin = text.index(word, at)
            at = begin + len(word)
            found.append((begin, at))
        places.append(found)
    return places
