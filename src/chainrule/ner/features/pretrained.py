"""Pretrained word vectors: words and their vectors from a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.storage import shown
from chainrule.text import normalise

Array = np.ndarray[Any, np.dtype[np.float32]]


class VectorsError(cr.ChainruleError, ValueError):
    """Vectors that cannot be read, or that do not fit a tagger."""


class PretrainedVectors:
    """Words, and a vector for each.

    words    different words, str
    vectors  float32 (words, size)

    A word is looked up as it is written, then in lower case, then in normal form, where each digit
    is 0; without a match its vector is zero.
    """

    def __init__(self, words: Sequence[str], vectors: Array) -> None:
        if len(words) != len(vectors) or vectors.ndim != 2:
            raise VectorsError(
                f"{len(words)} words were given with vectors of shape {vectors.shape}. Give one "
                "vector per word."
            )
        self.words, self.vectors = tuple(words), vectors
        self._rows = {word: row for row, word in enumerate(words)}

    @property
    def size(self) -> int:
        """The extent of a vector."""
        return int(self.vectors.shape[1])

    def rows(self, words: Iterable[str]) -> list[int]:
        """Return the row of each word, -1 for words without a vector."""
        return [self._row(word) for word in words]

    def of(self, words: Iterable[str]) -> Array:
        """Return the vector of each word, float32 (words, size); zeros for words without one."""
        rows = np.array(self.rows(words), np.int64)
        found = np.zeros((len(rows), self.size), np.float32)
        found[rows >= 0] = self.vectors[rows[rows >= 0]]
        return found

    def _row(self, word: str) -> int:
        get = self._rows.get
        for form in (word, word.lower(), normalise(word)):
            row = get(form)
            if row is not None:
                return row
        return -1


def read_vectors(path: str | os.PathLike[str]) -> PretrainedVectors:
    """Read a text file of vectors, a word and its numbers per line (GloVe)."""
    words: dict[str, None] = {}
    rows: list[Array] = []
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                word, _, numbers = line.rstrip("\n").partition(" ")
                if word not in words:
                    words[word] = None
                    rows.append(_vector(numbers, rows, path, number))
    except (OSError, UnicodeDecodeError) as error:
        raise VectorsError(f"The vectors {shown(path)} cannot be read: {error}.") from error
    if not rows:
        raise VectorsError(f"The vectors {shown(path)} hold no word. Give a file of word vectors.")
    return PretrainedVectors([*words], np.stack(rows))


def _vector(numbers: str, rows: Sequence[Array], path: str | os.PathLike[str], line: int) -> Array:
    try:
        vector = np.array(numbers.split(), np.float32)
    except ValueError as error:
        raise VectorsError(f"{shown(path)}, line {line}: {error}. Give numbers.") from error
    if (rows and len(vector) != len(rows[0])) or not len(vector) or not np.isfinite(vector).all():
        wanted = len(rows[0]) if rows else "some"
        raise VectorsError(
            f"{shown(path)}, line {line}, holds {len(vector)} numbers after its word, instead of "
            f"{wanted} finite ones."
        )
    return vector
