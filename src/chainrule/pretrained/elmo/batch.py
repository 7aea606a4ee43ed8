"""Words as numbers of characters, the sentences of a batch padded to the longest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

_SENTENCE_START, _SENTENCE_END, _START, _END, _PADDING = 256, 257, 258, 259, 260

Ints = np.ndarray[Any, np.dtype[np.int32]]


class ElmoBatch(NamedTuple):
    """The characters of some sentences.

    characters  integers (batch, words + 2, characters), with a word before and after each sentence;
                0 where there is no word
    lengths     integers (batch,), the number of words of each sentence, without these two
    """

    characters: Ints
    lengths: Ints


def batch_of(sentences: Sequence[Sequence[str]], longest: int) -> ElmoBatch:
    """Return the batch of some sentences; words are cut to `longest` characters, marks included."""
    lengths = np.array([len(each) for each in sentences], np.int32)
    found = np.zeros((len(sentences), int(lengths.max(initial=0)) + 2, longest), np.int32)
    edges = sentence_edges(longest)
    for row, words in zip(found, sentences, strict=True):
        row[0], row[len(words) + 1] = edges
        if words:
            row[1 : len(words) + 1] = characters_of(words, longest)
    return ElmoBatch(found, lengths)


def characters_of(words: Sequence[str], longest: int) -> Ints:
    """Return the characters of words, (words, longest): bytes of their UTF-8 between two marks.

    Numbers are shifted by one, since 0 stands for no word. An unpaired surrogate, which UTF-8
    lacks, is a question mark.
    """
    found = np.full((len(words), longest), _PADDING, np.int32)
    for row, word in zip(found, words, strict=True):
        letters = word.encode("utf-8", "replace")[: longest - 2]
        row[: len(letters) + 2] = _START, *letters, _END
    return found + np.int32(1)


def sentence_edges(longest: int) -> Ints:
    """Return the words before and after every sentence, (2, longest): a single mark each."""
    found = np.full((2, longest), _PADDING, np.int32)
    found[:, 0], found[:, 2] = _START, _END
    found[:, 1] = _SENTENCE_START, _SENTENCE_END
    return found + np.int32(1)
