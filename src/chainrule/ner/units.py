"""The units of sentences: words, or characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainrule.ner.errors import ModelError
from chainrule.ner.settings import Units
from chainrule.text import Sentence, graphemes, require_text

_CHOICES = ("words", "characters")


def units_of(sentences: Sequence[Sentence], asked: Units | None = None) -> Units:
    """Return the units that were asked for, otherwise those that the sentences seem to have.

    Without `asked`: "characters" if all words are single grapheme clusters, otherwise "words".
    Raises ModelError for other units.
    """
    if asked is not None:
        return require_units(asked)
    words = {word for each in sentences for word in each.words}
    single = all(len(word) == 1 or len(graphemes(word)) == 1 for word in words)
    return "characters" if single else "words"


def require_units(units: str) -> Units:
    """Return units that are known; raises ModelError for others."""
    for known in _CHOICES:
        if units == known:
            return known  # type: ignore[return-value]
    raise ModelError(f"The units {units!r} were asked for. Choose words or characters.")


def split_characters(text: str, lines: bool) -> list[list[str]]:
    """Return the characters (grapheme clusters) of each line, or of each paragraph of a text.

    lines  whether a line is a sentence; otherwise a paragraph is one, in which every line end is
           one character, a blank

    Blank lines are left out. Raises SentenceError unless the text is a str.
    """
    require_text(text)
    return [[character for character, _, _ in each] for each in _placed(text, lines)]


def character_places(text: str, lines: bool) -> list[list[tuple[int, int]]]:
    """Return where each character of `split_characters` begins and ends in the text."""
    return [[(begin, end) for _, begin, end in each] for each in _placed(text, lines)]


_Placed = tuple[str, int, int]  # a character, and where it begins and ends


def _placed(text: str, lines: bool) -> Iterator[list[_Placed]]:
    found: list[_Placed] = []
    at = 0
    for line in text.splitlines(keepends=True):
        (inside,) = line.splitlines() or [""]
        if inside.strip():
            if found:  # the line end before
                found.append((" ", found[-1][2], at))
            found += _of_line(inside, at)
        at += len(line)
        if found and (lines or not inside.strip()):
            yield found
            found = []
    if found:
        yield found


def _of_line(line: str, at: int) -> Iterator[_Placed]:
    for character in graphemes(line):
        yield character, at, at + len(character)
        at += len(character)
