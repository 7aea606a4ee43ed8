"""Where sentences end within lines, from the chunks that may end one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from chainrule.text.boundaries import STOP, begins, ended

Words = Sequence[str]


class WordsOfChunks(Protocol):
    """The words of each chunk of a text, by its number."""

    def __getitem__(self, number: int, /) -> Words: ...

    def __setitem__(self, number: int, words: Words, /) -> None: ...


def ends_within_lines(
    chunks: Sequence[str],
    words: WordsOfChunks,
    marked: Iterable[tuple[int, int]],
    line_ends: Iterable[int],
) -> list[int]:
    """Return where sentences end: the number of the chunk after the last one of each.

    chunks     the chunks of lines, one line after the other
    words      the words of each chunk; a period is joined to its word where it is part of it
    marked     the chunks that may end a sentence or hold such a period, in order, and their kinds
    line_ends  the number of the chunk after each line; they are not returned
    """
    ends: list[int] = []
    lines = iter(line_ends)
    begin = line_end = 0
    for at, kind in marked:
        while at >= line_end:
            begin, line_end = line_end, next(lines)
        following = chunks[at + 1] if at + 1 < line_end else ""
        if kind == STOP:
            is_end = begins(following)
        else:
            words[at], is_end = ended(_last_words(words, begin, at), words[at], following)
        if is_end:
            begin = at + 1
            ends.append(begin)
    return ends


def _last_words(words: WordsOfChunks, begin: int, end: int) -> Words:
    """Return the last two words, or more, of the chunks from `begin` to `end`."""
    found: list[str] = []
    while end > begin and len(found) < 2:
        end -= 1
        found[:0] = words[end]
    return found
