"""Sentences as numbers of words and letters, padded to the longest of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.pretrained.stanza.settings import StanzaSettings
from chainrule.pretrained.stanza.vocabulary import PADDING, UNKNOWN

Ints = np.ndarray[Any, np.dtype[np.int32]]
Sentences = Sequence[Sequence[str]]
_START, _END = "\n", " "


class StanzaBatch(NamedTuple):
    """Some sentences; what the network does not read is None.

    lengths           (batch,), the number of words of each sentence
    words, added      (batch, words), numbers of words in the two vocabularies
    ahead, back       (batch, letters), the letters of each sentence, and in reverse order
    ahead_at, back_at (batch, words), the letter at which the value for a word is read
    spelled, spelling (words, letters) and (words,), the letters of different words, their number
    spelled_at        (batch, words), the row of each word there
    """

    lengths: Ints
    words: Ints | None = None
    added: Ints | None = None
    ahead: Ints | None = None
    back: Ints | None = None
    ahead_at: Ints | None = None
    back_at: Ints | None = None
    spelled: Ints | None = None
    spelling: Ints | None = None
    spelled_at: Ints | None = None


def batch_of(sentences: Sentences, settings: StanzaSettings, shape: tuple[int, int]) -> StanzaBatch:
    """Return the batch of some sentences, none of which is empty.

    shape  at least so many words and letters of a sentence, for few different shapes
    """
    lengths = np.array([len(each) for each in sentences], np.int32)
    words = max(shape[0], int(lengths.max()))
    parts: dict[str, Ints] = _word_numbers(sentences, settings, words)
    if settings.models is not None:
        parts |= _running_letters(sentences, settings, words, shape[1])
    if settings.own_letters is not None:
        parts |= _spelled(sentences, settings, words)
    return StanzaBatch(lengths, **parts)


def letter_count(words: Sequence[str]) -> int:
    """Return the number of letters that a language model reads of a sentence."""
    return 1 + sum(len(each) + 1 for each in words)


def _word_numbers(sentences: Sentences, settings: StanzaSettings, extent: int) -> dict[str, Ints]:
    """Return the numbers of words; what is known in the first vocabulary alone has no addition."""
    cased = [[word.lower() if settings.lower else word for word in each] for each in sentences]
    found: dict[str, Ints] = {}
    if settings.words is not None:
        known = settings.words.number
        found["words"] = padded([[known(word) for word in each] for each in cased], extent)
    if settings.added is not None:
        known = settings.added.number
        numbers = padded([[known(word) for word in each] for each in cased], extent)
        if "words" in found:
            numbers[(numbers == UNKNOWN) & (found["words"] != UNKNOWN)] = PADDING
        found["added"] = numbers
    return found


def _running_letters(
    sentences: Sentences, settings: StanzaSettings, words: int, letters: int
) -> dict[str, Ints]:
    """Return the text of each sentence in both directions, a blank after each word.

    The value for a word is read at the blank after it, in the direction of reading.
    """
    numbers = [[_letters(word, settings) for word in each] for each in sentences]
    start, end = (settings.letters.number(each) for each in (_START, _END))
    ahead = [_joined(each, start, end) for each in numbers]
    back = [_joined([word[::-1] for word in reversed(each)], start, end) for each in numbers]
    extent = max(letters, *(len(text) for text, _ in ahead))
    return {
        "ahead": padded([text for text, _ in ahead], extent, end),
        "back": padded([text for text, _ in back], extent, end),
        "ahead_at": padded([places for _, places in ahead], words),
        "back_at": padded([places[::-1] for _, places in back], words),
    }


def _joined(words: Sequence[list[int]], start: int, end: int) -> tuple[list[int], list[int]]:
    """Return the letters of a sentence, and the places of the blanks after its words."""
    text, places = [start], []
    for word in words:
        text += word
        places.append(len(text))
        text.append(end)
    return text, places


def _spelled(sentences: Sentences, settings: StanzaSettings, words: int) -> dict[str, Ints]:
    """Return the letters of the different words, as many rows and letters as few shapes need."""
    rows: dict[str, int] = {}
    places = [[rows.setdefault(word, len(rows)) for word in each] for each in sentences]
    letters = [_letters(word, settings) for word in rows]
    count = rounded(len(letters), 32)
    extent = rounded(max(map(len, letters)), 8)
    lengths = [len(each) for each in letters] + [1] * (count - len(letters))
    return {
        "spelled": padded([*letters, *[[]] * (count - len(letters))], extent),
        "spelling": np.array(lengths, np.int32),
        "spelled_at": padded(places, words),
    }


def _letters(word: str, settings: StanzaSettings) -> list[int]:
    units = [each.lower() for each in word] if settings.small else word
    return [settings.letters.number(each) for each in units]


def padded(rows: Sequence[Sequence[int]], extent: int, value: int = PADDING) -> Ints:
    """Return rows of numbers as an array (rows, extent)."""
    found = np.full((len(rows), extent), value, np.int32)
    for row, numbers in zip(found, rows, strict=True):
        row[: len(numbers)] = numbers
    return found


def rounded(count: int, step: int) -> int:
    """Return the multiple of `step` that is at least `count`."""
    return -(-count // step) * step
