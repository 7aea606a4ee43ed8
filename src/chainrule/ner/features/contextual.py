"""Vectors of words in their sentence, of networks that training leaves as they are.

Akbik, Blythe, Vollgraf: Contextual string embeddings for sequence labeling (2018).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.ner.errors import ModelError
from chainrule.storage import require_memory

if TYPE_CHECKING:
    from chainrule.pretrained.word_encoder import WordEncoder

Array = np.ndarray[Any, Any]
Words = tuple[str, ...]

_AT_ONCE = 1 << 12  # words of sentences that encoders are given together, about


class ContextualVectors:
    """The vectors of the words of sentences by one or more encoders, concatenated.

    encoders  in the order of their vectors

    Raises ModelError without encoders.
    """

    def __init__(self, encoders: Sequence[WordEncoder]) -> None:
        if not encoders:
            raise ModelError("Contextual vectors were asked of no encoder. Give at least one.")
        self.encoders = tuple(encoders)
        self._wanted: frozenset[Words] = frozenset()
        self._kept: dict[Words, Array] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the encoders; vectors are computed again."""
        return {"encoders": self.encoders, "_wanted": frozenset(), "_kept": {}}

    @property
    def width(self) -> int:
        """The extent of the vector of a word."""
        return sum(each.width for each in self.encoders)

    def rows(self, sentences: Sequence[Sequence[str]]) -> Array:
        """Return the vectors of the words of sentences, one after the other, and of the padding.

        float32 (words + 1, width); the last row is zero, that of the padding. Raises ModelError if
        they do not fit into the memory.
        """
        keys = [tuple(each) for each in sentences]
        ends = np.cumsum([len(each) for each in keys], dtype=np.int64).tolist()
        found = self._room(sum(map(len, keys)) + 1)
        places = {each: slice(end - len(each), end) for each, end in zip(keys, ends, strict=True)}
        for some in _parts([each for each in places if each and each not in self._kept]):
            for sentence, vectors in zip(some, self._vectors(some), strict=True):
                found[places[sentence]] = vectors
        for sentence, end in zip(keys, ends, strict=True):
            known = self._kept.get(sentence)
            first = found[places[sentence]] if known is None else known
            found[end - len(sentence) : end] = first
            if known is None and sentence in self._wanted:
                self._kept[sentence] = first
        return found

    def keep(self, sentences: Iterable[Sequence[str]]) -> None:
        """Keep the vectors of these sentences, and of no others, once they are computed.

        Raises ModelError if they do not fit into the memory.
        """
        self._wanted, self._kept = frozenset(map(tuple, sentences)), {}
        self._room(sum(map(len, self._wanted)))

    def _vectors(self, sentences: Sequence[Words]) -> list[Array]:
        by_encoder = [each.word_vectors(sentences) for each in self.encoders]
        return [np.concatenate(each, axis=1) for each in zip(*by_encoder, strict=True)]

    def _room(self, words: int) -> Array:
        size = 4 * words * self.width
        try:
            require_memory(size)
            return np.zeros((words, self.width), np.float32)
        except MemoryError as error:
            raise ModelError(
                f"The contextual vectors of {words} words have {size} bytes, {self.width} numbers "
                "of 4 bytes per word, more than this machine has memory. Use fewer sentences, or "
                "smaller encoders."
            ) from error


def _parts(sentences: Sequence[Words]) -> Iterator[list[Words]]:
    """Yield the sentences in groups of about `_AT_ONCE` words, of similar length."""
    group: list[Words] = []
    count = 0
    for each in sorted(sentences, key=len):
        group.append(each)
        count += len(each)
        if count >= _AT_ONCE:
            yield group
            group, count = [], 0
    if group:
        yield group


@contextmanager
def keeping(
    vectors: ContextualVectors | None, sentences: Iterable[Sequence[str]]
) -> Iterator[None]:
    """Keep the vectors of these sentences until the block ends; None does nothing."""
    if vectors is None:
        yield
        return
    vectors.keep(sentences)
    try:
        yield
    finally:
        vectors.keep([])
